/** From the parser's tree to our expressions. */

import type {
  Attribute,
  Comprehension,
  ComprehensionClause,
  DictEntry,
  Expr,
  Keyword,
  Parameter,
} from './nodes.ts';
import type { RawNode } from './rawTree.ts';

/** Deeper than any hand-written code; every later pass recurses over what is left. */
export const maxDepth = 160;

interface Place {
  readonly start: number;
  readonly end: number;
  readonly order: number;
}

export class ExpressionLowering {
  readonly text: string;
  /** Numbers given so far. */
  nodes = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Where a node stands, and its number. */
  at({ start, end }: { readonly start: number; readonly end: number }): Place {
    return { start, end, order: this.nodes++ };
  }

  expr(node: RawNode, depth: number): Expr {
    const at = this.at(node);
    if (depth > maxDepth) return { kind: 'Unknown', ...at, parts: [] };
    switch (node.type) {
      case 'identifier':
      case 'keyword_identifier':
        return { kind: 'Name', ...at, id: this.slice(node) };
      case 'dotted_name':
        return this.dotted(node, depth);
      case 'attribute': {
        const object = this.field(node, 'object', depth);
        const named = field(node, 'attribute');
        const name = named === undefined ? '' : this.slice(named);
        return hoistStar(object, (inner) => attributeOf(inner, name, at));
      }
      case 'call':
        return this.call(node, depth);
      case 'subscript': {
        const indices = node.children
          .filter((c) => c.field === 'subscript')
          .map((c) => this.expr(c, depth + 1));
        return hoistStar(this.field(node, 'value', depth), (object) => ({
          kind: 'Subscript',
          ...at,
          object,
          indices,
        }));
      }
      case 'integer':
      case 'float':
        return { kind: 'Number', ...at, value: numberValue(this.slice(node)), float: node.type === 'float' };
      case 'string':
        return this.string(node, depth);
      case 'concatenated_string': {
        const parts = node.children.filter((c) => c.named).map((c) => this.expr(c, depth + 1));
        if (parts.every((p) => p.kind === 'String'))
          return { kind: 'String', ...at, value: parts.map((p) => p.value).join('') };
        return {
          kind: 'Formatted',
          ...at,
          parts: parts.flatMap((p) => (p.kind === 'Formatted' ? p.parts : [])),
        };
      }
      case 'true':
        return { kind: 'Literal', ...at, value: true };
      case 'false':
        return { kind: 'Literal', ...at, value: false };
      case 'none':
        return { kind: 'Literal', ...at, value: null };
      case 'ellipsis':
        return { kind: 'Literal', ...at, value: 'ellipsis' };
      case 'tuple':
      case 'expression_list':
      case 'pattern_list':
      case 'tuple_pattern':
        return { kind: 'Tuple', ...at, items: this.named(node, depth) };
      case 'list':
      case 'list_pattern':
        return { kind: 'List', ...at, items: this.named(node, depth) };
      case 'set':
        return { kind: 'Set', ...at, items: this.named(node, depth) };
      case 'dictionary': {
        const entries: DictEntry[] = [];
        for (const child of node.children) {
          if (child.type === 'pair')
            entries.push({ key: this.field(child, 'key', depth), value: this.field(child, 'value', depth) });
          else if (child.type === 'dictionary_splat')
            entries.push({ key: null, value: this.first(child, depth) });
        }
        return { kind: 'Dict', ...at, entries };
      }
      case 'list_comprehension':
      case 'set_comprehension':
      case 'dictionary_comprehension':
      case 'generator_expression':
        return this.comprehension(node, depth);
      case 'binary_operator': {
        const operator = field(node, 'operator');
        return {
          kind: 'Binary',
          ...at,
          operator: operator === undefined ? '+' : this.slice(operator),
          left: this.field(node, 'left', depth),
          right: this.field(node, 'right', depth),
        };
      }
      case 'boolean_operator': {
        const operator = field(node, 'operator');
        return {
          kind: 'Bool',
          ...at,
          operator: operator !== undefined && this.slice(operator) === 'or' ? 'or' : 'and',
          left: this.field(node, 'left', depth),
          right: this.field(node, 'right', depth),
        };
      }
      case 'comparison_operator':
        return {
          kind: 'Compare',
          ...at,
          operators: node.children.filter((c) => c.field === 'operators').map((c) => this.slice(c)),
          operands: node.children
            .filter((c) => c.named && c.field !== 'operators')
            .map((c) => this.expr(c, depth + 1)),
        };
      case 'not_operator':
        return { kind: 'Unary', ...at, operator: 'not', operand: this.field(node, 'argument', depth) };
      case 'unary_operator': {
        const operator = field(node, 'operator');
        const sign = operator === undefined ? '-' : this.slice(operator);
        return {
          kind: 'Unary',
          ...at,
          operator: sign === '+' || sign === '~' ? sign : '-',
          operand: this.field(node, 'argument', depth),
        };
      }
      case 'conditional_expression': {
        const [body, test, orelse] = this.named(node, depth);
        if (body === undefined || test === undefined || orelse === undefined) break;
        return { kind: 'Conditional', ...at, body, test, orelse };
      }
      case 'lambda':
        return {
          kind: 'Lambda',
          ...at,
          parameters: this.parameters(field(node, 'parameters'), depth),
          body: this.field(node, 'body', depth),
        };
      case 'await':
        return { kind: 'Await', ...at, value: this.first(node, depth) };
      case 'yield':
        return { kind: 'Yield', ...at, value: this.first(node, depth) };
      case 'list_splat':
      case 'list_splat_pattern':
      case 'dictionary_splat':
      case 'dictionary_splat_pattern':
      case 'parenthesized_list_splat':
        return { kind: 'Starred', ...at, value: this.first(node, depth) };
      case 'named_expression': {
        const target = this.field(node, 'name', depth);
        const value = this.field(node, 'value', depth);
        if (target.kind !== 'Name') break;
        return { kind: 'Walrus', ...at, target, value };
      }
      case 'slice':
        return { kind: 'Slice', ...at, parts: this.named(node, depth) };
      case 'parenthesized_expression':
      case 'type':
      case 'format_expression':
      case 'interpolation': {
        const inner = node.children.find((c) => c.named);
        // The span stays that of what is inside: edits and messages speak about the expression itself.
        if (inner !== undefined) return this.expr(inner, depth + 1);
        break;
      }
      default:
    }
    return { kind: 'Unknown', ...at, parts: this.named(node, depth) };
  }

  /** One argument of a call or of a class statement. */
  argument(node: RawNode, depth: number, args: Expr[], keywords: Keyword[]): void {
    const at = { start: node.start, end: node.end };
    if (node.type === 'keyword_argument') {
      const name = field(node, 'name');
      keywords.push({
        ...at,
        name: name === undefined ? '' : this.slice(name),
        value: this.field(node, 'value', depth),
      });
    } else if (node.type === 'dictionary_splat') {
      keywords.push({ ...at, name: null, value: this.first(node, depth) });
    } else if (node.named) args.push(this.expr(node, depth + 1));
  }

  parameters(node: RawNode | undefined, depth: number): Parameter[] {
    const out: Parameter[] = [];
    let keywordOnly = false;
    for (const child of node?.children ?? []) {
      if (child.type === 'keyword_separator') {
        keywordOnly = true;
        continue;
      }
      if (!child.named || child.type === 'positional_separator') continue;
      const annotation = field(child, 'type');
      const fallback = field(child, 'value');
      const named = field(child, 'name') ?? (child.type === 'typed_parameter' ? firstNamed(child) : child);
      if (named === undefined) continue;
      const rest = named.type === 'list_splat_pattern';
      const keywords = named.type === 'dictionary_splat_pattern';
      const name = rest || keywords ? firstNamed(named) : named;
      out.push({
        start: child.start,
        end: child.end,
        name: name === undefined ? '' : this.slice(name),
        form: rest ? 'rest' : keywords ? 'keywords' : keywordOnly ? 'keywordOnly' : 'plain',
        annotation: annotation === undefined ? null : this.expr(annotation, depth + 1),
        fallback: fallback === undefined ? null : this.expr(fallback, depth + 1),
      });
      if (rest) keywordOnly = true;
    }
    return out;
  }

  private call(node: RawNode, depth: number): Expr {
    const args: Expr[] = [];
    const keywords: Keyword[] = [];
    const list = field(node, 'arguments');
    if (list?.type === 'generator_expression') args.push(this.expr(list, depth + 1));
    else for (const child of list?.children ?? []) this.argument(child, depth + 1, args, keywords);
    const brackets =
      list === undefined ? { start: node.end, end: node.end } : { start: list.start, end: list.end };
    return hoistStar(this.field(node, 'function', depth), (callee) => ({
      kind: 'Call',
      ...this.at(node),
      callee,
      args,
      keywords,
      brackets,
    }));
  }

  private comprehension(node: RawNode, depth: number): Comprehension {
    const clauses: { target: Expr; iterable: Expr; conditions: Expr[] }[] = [];
    for (const child of node.children) {
      if (child.type === 'for_in_clause')
        clauses.push({
          target: this.field(child, 'left', depth),
          iterable: this.field(child, 'right', depth),
          conditions: [],
        });
      else if (child.type === 'if_clause')
        clauses[clauses.length - 1]?.conditions.push(this.first(child, depth));
    }
    const body = field(node, 'body');
    const pair = body?.type === 'pair' ? body : undefined;
    const forms = {
      list_comprehension: 'list',
      set_comprehension: 'set',
      dictionary_comprehension: 'dict',
      generator_expression: 'generator',
    } as const;
    return {
      kind: 'Comprehension',
      ...this.at(node),
      form: forms[node.type as keyof typeof forms],
      key: pair === undefined ? null : this.field(pair, 'key', depth),
      element: pair === undefined ? this.field(node, 'body', depth) : this.field(pair, 'value', depth),
      clauses: clauses satisfies ComprehensionClause[],
    };
  }

  private string(node: RawNode, depth: number): Expr {
    const at = this.at(node);
    const parts: Expr[] = [];
    const collect = (from: RawNode, level: number): void => {
      for (const child of from.children) {
        if (child.type === 'interpolation' || child.type === 'format_expression') {
          parts.push(this.expr(child, depth + 1));
          const spec = field(child, 'format_specifier');
          if (spec !== undefined && level < 4) collect(spec, level + 1);
        }
      }
    };
    collect(node, 0);
    if (parts.length > 0) return { kind: 'Formatted', ...at, parts };
    const open = node.children.find((c) => c.type === 'string_start');
    const close = node.children.find((c) => c.type === 'string_end');
    return {
      kind: 'String',
      ...at,
      value: this.text.slice(open?.end ?? node.start, close?.start ?? node.end),
    };
  }

  private dotted(node: RawNode, depth: number): Expr {
    let result: Expr | undefined;
    for (const child of node.children) {
      if (!child.named) continue;
      result =
        result === undefined
          ? this.expr(child, depth + 1)
          : attributeOf(result, this.slice(child), this.at({ start: node.start, end: child.end }));
    }
    return result ?? { kind: 'Unknown', ...this.at(node), parts: [] };
  }

  private named(node: RawNode, depth: number): Expr[] {
    return node.children.filter((c) => c.named).map((c) => this.expr(c, depth + 1));
  }

  private first(node: RawNode, depth: number): Expr {
    const child = firstNamed(node);
    if (child === undefined) return { kind: 'Unknown', ...this.at(node), parts: [] };
    return this.expr(child, depth + 1);
  }

  private field(node: RawNode, name: string, depth: number): Expr {
    const child = field(node, name);
    if (child === undefined) return { kind: 'Unknown', ...this.at(node), parts: [] };
    return this.expr(child, depth + 1);
  }

  private slice(node: RawNode): string {
    return this.text.slice(node.start, node.end);
  }
}

function attributeOf(object: Expr, name: string, at: Place): Attribute {
  const owner = object.kind === 'Name' ? object.id : object.kind === 'Attribute' ? object.path : undefined;
  return {
    kind: 'Attribute',
    ...at,
    object,
    name,
    path: owner === undefined ? undefined : `${owner}.${name}`,
  };
}

/** The grammar reads `*a.b()` as `(*a).b()`: move the star outside again. */
function hoistStar(object: Expr, build: (inner: Expr) => Expr): Expr {
  if (object.kind !== 'Starred' || object.value === null) return build(object);
  const inner = build(object.value);
  return { kind: 'Starred', start: object.start, end: inner.end, order: object.order, value: inner };
}

function numberValue(text: string): number {
  const value = Number(text.replaceAll('_', '').replace(/[jJlL]$/, ''));
  return Number.isNaN(value) ? 0 : value;
}

function field(node: RawNode, name: string): RawNode | undefined {
  for (const child of node.children) if (child.field === name) return child;
  return undefined;
}

function firstNamed(node: RawNode): RawNode | undefined {
  for (const child of node.children) if (child.named) return child;
  return undefined;
}
