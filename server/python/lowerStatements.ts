/** From the parser's tree to our statements. */

import { type KeptStatement, type KeptStatements, takeTo } from './keptStatements.ts';
import { ExpressionLowering, maxDepth } from './lowerExpressions.ts';
import type {
  Block,
  Branch,
  Comment,
  Expr,
  Handler,
  ImportedName,
  Keyword,
  MatchCase,
  Module,
  Stmt,
  WithItem,
} from './nodes.ts';
import type { RawNode, RawTree } from './rawTree.ts';

/**
 * Lowers a whole file. Iterative where input can be long, bounded where it can be deep. Statements that are known by their
 * trees are moved to where they lie in this text.
 */
export function lowerModule(
  text: string,
  { root, comments, trees }: RawTree,
  syntaxErrorAt: number | undefined,
  known?: KeptStatements,
): { readonly module: Module; readonly statements: KeptStatements } {
  const lowering = new StatementLowering(text);
  const { expressions } = lowering;
  const read = comments.map(
    (c): Comment => ({ start: c.start, end: c.end, text: text.slice(c.start, c.end) }),
  );
  const statements = new Map<number, KeptStatement>();
  const body: Stmt[] = [];
  const moved: Comment[] = [];
  let comment = 0;
  for (const [i, child] of root.children.entries()) {
    const tree = trees[i] ?? 0;
    let statement = known?.get(tree);
    if (statement !== undefined) {
      takeTo(statement, child.start, expressions.nodes);
      expressions.nodes += statement.numbers;
      for (const c of statement.comments) moved.push(c);
    } else {
      const [start, order] = [child.start, expressions.nodes];
      const nodes: Stmt[] = [];
      lowering.statement(child, 1, nodes);
      while ((read[comment]?.start ?? child.end) < start) comment++;
      const first = comment;
      while ((read[comment]?.start ?? child.end) < child.end) comment++;
      statement = {
        nodes,
        comments: read.slice(first, comment),
        numbers: expressions.nodes - order,
        start,
        order,
      };
    }
    for (const node of statement.nodes) body.push(node);
    if (tree !== 0) statements.set(tree, statement);
  }
  const all = moved.length === 0 ? read : [...read, ...moved].sort((a, b) => a.start - b.start);
  const module = {
    text,
    body: { start: 0, end: text.length, body },
    comments: all,
    nodes: expressions.nodes,
    syntaxErrorAt,
  };
  return { module, statements };
}

class StatementLowering {
  readonly text: string;
  readonly expressions: ExpressionLowering;

  constructor(text: string) {
    this.text = text;
    this.expressions = new ExpressionLowering(text);
  }

  block(node: RawNode | undefined, depth: number): Block {
    if (node === undefined) return { start: 0, end: 0, body: [] };
    const body: Stmt[] = [];
    if (depth < maxDepth) for (const child of node.children) this.statement(child, depth + 1, body);
    return { start: node.start, end: node.end, body };
  }

  expr(node: RawNode | undefined, depth: number): Expr {
    if (node === undefined)
      return { kind: 'Unknown', ...this.expressions.at({ start: 0, end: 0 }), parts: [] };
    return this.expressions.expr(node, depth + 1);
  }

  statement(node: RawNode, depth: number, out: Stmt[]): void {
    const at = this.expressions.at(node);
    switch (node.type) {
      case 'expression_statement':
        this.expressionStatement(node, depth, out);
        return;
      case 'if_statement': {
        const branches: Branch[] = [
          {
            test: this.expr(field(node, 'condition'), depth),
            body: this.block(field(node, 'consequence'), depth),
          },
        ];
        let orelse: Block | null = null;
        for (const child of node.children) {
          if (child.type === 'elif_clause')
            branches.push({
              test: this.expr(field(child, 'condition'), depth),
              body: this.block(field(child, 'consequence'), depth),
            });
          else if (child.type === 'else_clause') orelse = this.block(field(child, 'body'), depth);
        }
        out.push({ kind: 'If', ...at, branches, orelse });
        return;
      }
      case 'for_statement':
        out.push({
          kind: 'For',
          ...at,
          target: this.expr(field(node, 'left'), depth),
          iterable: this.expr(field(node, 'right'), depth),
          body: this.block(field(node, 'body'), depth),
          orelse: this.orelse(node, depth),
        });
        return;
      case 'while_statement':
        out.push({
          kind: 'While',
          ...at,
          test: this.expr(field(node, 'condition'), depth),
          body: this.block(field(node, 'body'), depth),
          orelse: this.orelse(node, depth),
        });
        return;
      case 'with_statement': {
        const items: WithItem[] = [];
        for (const clause of node.children)
          if (clause.type === 'with_clause')
            for (const item of clause.children) this.withItem(item, depth, items);
        out.push({ kind: 'With', ...at, items, body: this.block(field(node, 'body'), depth) });
        return;
      }
      case 'try_statement':
        this.tryStatement(node, depth, out);
        return;
      case 'function_definition':
      case 'class_definition':
        this.definition(node, node.start, [], depth, out);
        return;
      case 'decorated_definition': {
        const decorators = node.children
          .filter((c) => c.type === 'decorator')
          .map((c) => this.expr(firstNamed(c), depth));
        const definition = field(node, 'definition');
        if (definition !== undefined) this.definition(definition, node.start, decorators, depth, out);
        return;
      }
      case 'return_statement': {
        const value = firstNamed(node);
        out.push({ kind: 'Return', ...at, value: value === undefined ? null : this.expr(value, depth) });
        return;
      }
      case 'import_statement':
        out.push({ kind: 'Import', ...at, names: this.importedNames(node) });
        return;
      case 'future_import_statement':
        return;
      case 'import_from_statement': {
        const module = field(node, 'module_name');
        const star = node.children.some((c) => c.type === 'wildcard_import');
        out.push({
          kind: 'ImportFrom',
          ...at,
          module: module === undefined ? '' : this.slice(module).replace(/\s+/g, ''),
          names: star ? [{ name: '*', alias: null }] : this.importedNames(node),
        });
        return;
      }
      case 'global_statement':
      case 'nonlocal_statement':
        out.push({
          kind: node.type === 'global_statement' ? 'Global' : 'Nonlocal',
          ...at,
          names: node.children.filter((c) => c.type === 'identifier').map((c) => this.slice(c)),
        });
        return;
      case 'raise_statement':
      case 'assert_statement':
      case 'delete_statement':
        out.push({
          kind:
            node.type === 'raise_statement'
              ? 'Raise'
              : node.type === 'assert_statement'
                ? 'Assert'
                : 'Delete',
          ...at,
          values: node.children.filter((c) => c.named).map((c) => this.expr(c, depth)),
        });
        return;
      case 'pass_statement':
        out.push({ kind: 'Pass', ...at });
        return;
      case 'break_statement':
        out.push({ kind: 'Break', ...at });
        return;
      case 'continue_statement':
        out.push({ kind: 'Continue', ...at });
        return;
      case 'match_statement':
        this.matchStatement(node, depth, out);
        return;
      case 'type_alias_statement':
        this.typeAlias(node, depth, out);
        return;
      case 'print_statement':
      case 'exec_statement':
        out.push({
          kind: 'Expr',
          ...at,
          value: {
            kind: 'Unknown',
            ...this.expressions.at(node),
            parts: node.children.filter((c) => c.named).map((c) => this.expr(c, depth)),
          },
        });
        return;
      case 'ERROR':
        out.push({ kind: 'Broken', ...at, body: this.block(node, depth) });
        return;
      case 'block':
        // Stray indentation that recovery left behind.
        out.push({ kind: 'Broken', ...at, body: this.block(node, depth) });
        return;
      default:
        // Inside an ERROR any expression can stand alone.
        if (node.named && node.field === null && depth < maxDepth)
          out.push({ kind: 'Expr', ...at, value: this.expr(node, depth) });
    }
  }

  private expressionStatement(node: RawNode, depth: number, out: Stmt[]): void {
    const named = node.children.filter((c) => c.named);
    const only = named[0];
    if (only === undefined) return;
    const at = this.expressions.at(node);
    if (only.type === 'assignment') {
      const targets: Expr[] = [];
      let current: RawNode = only;
      for (;;) {
        targets.push(this.expr(field(current, 'left'), depth));
        const right = field(current, 'right');
        if (right?.type === 'assignment') {
          current = right;
          continue;
        }
        const type = field(current, 'type');
        out.push({
          kind: 'Assign',
          ...at,
          targets,
          annotation: type === undefined ? null : this.expr(firstNamed(type), depth),
          value: right === undefined ? null : this.expr(right, depth),
        });
        return;
      }
    }
    if (only.type === 'augmented_assignment') {
      const operator = field(only, 'operator');
      out.push({
        kind: 'AugAssign',
        ...at,
        target: this.expr(field(only, 'left'), depth),
        operator: operator === undefined ? '+=' : this.slice(operator),
        value: this.expr(field(only, 'right'), depth),
      });
      return;
    }
    const value: Expr =
      named.length === 1
        ? this.expr(only, depth)
        : { kind: 'Tuple', ...this.expressions.at(node), items: named.map((c) => this.expr(c, depth)) };
    out.push({ kind: 'Expr', ...at, value });
  }

  /** `type(self).x = 1` comes back as a type alias named `(self).x`: the bracket right after `type` tells. */
  private typeAlias(node: RawNode, depth: number, out: Stmt[]): void {
    const at = this.expressions.at(node);
    const right = field(node, 'right');
    const value = right === undefined ? null : this.expr(firstNamed(right) ?? right, depth);
    const target: Expr = {
      kind: 'Unknown',
      ...this.expressions.at({ start: node.start, end: field(node, 'left')?.end ?? node.end }),
      parts: [],
    };
    out.push({ kind: 'Assign', ...at, targets: [target], annotation: null, value });
  }

  private orelse(node: RawNode, depth: number): Block | null {
    const clause = node.children.find((c) => c.type === 'else_clause');
    return clause === undefined ? null : this.block(field(clause, 'body'), depth);
  }

  private withItem(item: RawNode, depth: number, out: WithItem[]): void {
    if (item.type !== 'with_item') return;
    const value = field(item, 'value');
    if (value === undefined) return;
    if (value.type === 'tuple') {
      // `with (a() as x, b() as y):` arrives as one tuple of as-patterns.
      for (const part of value.children) if (part.named) out.push(this.contextOf(part, depth));
      return;
    }
    out.push(this.contextOf(value, depth));
  }

  private contextOf(value: RawNode, depth: number): WithItem {
    if (value.type !== 'as_pattern') return { context: this.expr(value, depth), target: null };
    const alias = field(value, 'alias');
    return {
      context: this.expr(firstNamed(value), depth),
      target: alias === undefined ? null : this.expr(firstNamed(alias) ?? alias, depth),
    };
  }

  private tryStatement(node: RawNode, depth: number, out: Stmt[]): void {
    const handlers: Handler[] = [];
    let orelse: Block | null = null;
    let finalizer: Block | null = null;
    for (const child of node.children) {
      if (child.type === 'except_clause' || child.type === 'except_group_clause') {
        const value = field(child, 'value');
        const named = value?.type === 'as_pattern' ? field(value, 'alias') : field(child, 'alias');
        const type = value?.type === 'as_pattern' ? firstNamed(value) : value;
        handlers.push({
          type: type === undefined ? null : this.expr(type, depth),
          name: named === undefined ? null : this.slice(named),
          body: this.block(
            child.children.find((c) => c.type === 'block'),
            depth,
          ),
        });
      } else if (child.type === 'else_clause') orelse = this.block(field(child, 'body'), depth);
      else if (child.type === 'finally_clause')
        finalizer = this.block(
          child.children.find((c) => c.type === 'block'),
          depth,
        );
    }
    out.push({
      kind: 'Try',
      ...this.expressions.at(node),
      body: this.block(field(node, 'body'), depth),
      handlers,
      orelse,
      finalizer,
    });
  }

  private definition(node: RawNode, start: number, decorators: Expr[], depth: number, out: Stmt[]): void {
    const name = field(node, 'name');
    if (name === undefined) return;
    const common = {
      ...this.expressions.at({ start, end: node.end }),
      name: this.slice(name),
      nameSpan: { start: name.start, end: name.end },
      decorators,
      body: this.block(field(node, 'body'), depth),
    };
    if (node.type === 'class_definition') {
      const bases: Expr[] = [];
      const keywords: Keyword[] = [];
      for (const child of field(node, 'superclasses')?.children ?? [])
        if (child.named) this.expressions.argument(child, depth + 1, bases, keywords);
      out.push({ kind: 'Class', ...common, bases, keywords });
      return;
    }
    const returns = field(node, 'return_type');
    out.push({
      kind: 'Function',
      ...common,
      parameters: this.expressions.parameters(field(node, 'parameters'), depth + 1),
      returns: returns === undefined ? null : this.expr(firstNamed(returns), depth),
      defStart: node.start,
    });
  }

  private matchStatement(node: RawNode, depth: number, out: Stmt[]): void {
    const cases: MatchCase[] = [];
    const clauses = field(node, 'body')?.children ?? [];
    for (const clause of clauses) {
      if (clause.type !== 'case_clause') continue;
      const names: string[] = [];
      for (const child of clause.children)
        if (child.type === 'case_pattern') this.boundNames(child, names, depth);
      const guard = field(clause, 'guard');
      cases.push({
        names,
        guard: guard === undefined ? null : this.expr(firstNamed(guard), depth),
        body: this.block(field(clause, 'consequence'), depth),
      });
    }
    out.push({
      kind: 'Match',
      ...this.expressions.at(node),
      subject: this.expr(field(node, 'subject'), depth),
      cases,
    });
  }

  private boundNames(node: RawNode, out: string[], depth: number): void {
    if (depth > maxDepth) return;
    if (node.type === 'identifier') out.push(this.slice(node));
    for (const child of node.children) this.boundNames(child, out, depth + 1);
  }

  private importedNames(node: RawNode): ImportedName[] {
    const names: ImportedName[] = [];
    for (const child of node.children) {
      if (child.field !== 'name') continue;
      if (child.type === 'aliased_import') {
        const name = field(child, 'name');
        const alias = field(child, 'alias');
        if (name !== undefined)
          names.push({ name: this.slice(name), alias: alias === undefined ? null : this.slice(alias) });
      } else names.push({ name: this.slice(child), alias: null });
    }
    return names;
  }

  private slice(node: RawNode): string {
    return this.text.slice(node.start, node.end);
  }
}

function field(node: RawNode, name: string): RawNode | undefined {
  for (const child of node.children) if (child.field === name) return child;
  return undefined;
}

function firstNamed(node: RawNode): RawNode | undefined {
  for (const child of node.children) if (child.named) return child;
  return undefined;
}
