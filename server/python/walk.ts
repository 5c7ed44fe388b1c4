/** Generic traversal of our tree. */

import type { Block, Expr, Node, Parameter, Stmt } from './nodes.ts';

const statementKinds = new Set<string>([
  'Expr',
  'Assign',
  'AugAssign',
  'For',
  'While',
  'If',
  'With',
  'Try',
  'Function',
  'Class',
  'Return',
  'Import',
  'ImportFrom',
  'Global',
  'Nonlocal',
  'Match',
  'Raise',
  'Assert',
  'Delete',
  'Pass',
  'Break',
  'Continue',
  'Broken',
]);

export function isStatement(node: Node): node is Stmt {
  return statementKinds.has(node.kind);
}

/** The blocks of a compound statement, in source order. */
export function blocksOf(node: Stmt): readonly Block[] {
  switch (node.kind) {
    case 'For':
    case 'While':
      return node.orelse === null ? [node.body] : [node.body, node.orelse];
    case 'If': {
      const blocks = node.branches.map((b) => b.body);
      if (node.orelse !== null) blocks.push(node.orelse);
      return blocks;
    }
    case 'Try': {
      const blocks = [node.body, ...node.handlers.map((h) => h.body)];
      if (node.orelse !== null) blocks.push(node.orelse);
      if (node.finalizer !== null) blocks.push(node.finalizer);
      return blocks;
    }
    case 'With':
    case 'Function':
    case 'Class':
    case 'Broken':
      return [node.body];
    case 'Match':
      return node.cases.map((c) => c.body);
    default:
      return [];
  }
}

/** Spreading a list of a hundred thousand items into `push` would overflow the stack. */
function append(out: Node[], nodes: readonly Node[]): void {
  for (const node of nodes) out.push(node);
}

function parameterParts(parameters: readonly Parameter[], out: Node[]): void {
  for (const p of parameters) {
    if (p.annotation !== null) out.push(p.annotation);
    if (p.fallback !== null) out.push(p.fallback);
  }
}

/** Direct expressions of a node: its own, not those of nested statements. */
function expressionsOf(node: Node, out: Node[]): void {
  switch (node.kind) {
    case 'Attribute':
      out.push(node.object);
      return;
    case 'Call':
      out.push(node.callee);
      append(out, node.args);
      for (const k of node.keywords) out.push(k.value);
      return;
    case 'Subscript':
      out.push(node.object, ...node.indices);
      return;
    case 'Formatted':
    case 'Slice':
    case 'Unknown':
      append(out, node.parts);
      return;
    case 'Tuple':
    case 'List':
    case 'Set':
      append(out, node.items);
      return;
    case 'Dict':
      for (const entry of node.entries) {
        if (entry.key !== null) out.push(entry.key);
        out.push(entry.value);
      }
      return;
    case 'Comprehension':
      for (const clause of node.clauses) out.push(clause.target, clause.iterable, ...clause.conditions);
      if (node.key !== null) out.push(node.key);
      out.push(node.element);
      return;
    case 'Binary':
    case 'Bool':
      out.push(node.left, node.right);
      return;
    case 'Compare':
      append(out, node.operands);
      return;
    case 'Unary':
      out.push(node.operand);
      return;
    case 'Conditional':
      out.push(node.test, node.body, node.orelse);
      return;
    case 'Lambda':
      parameterParts(node.parameters, out);
      out.push(node.body);
      return;
    case 'Await':
    case 'Starred':
    case 'Yield':
    case 'Return':
      if (node.value !== null) out.push(node.value);
      return;
    case 'Walrus':
      out.push(node.target, node.value);
      return;
    case 'Expr':
      out.push(node.value);
      return;
    case 'Assign':
      if (node.value !== null) out.push(node.value);
      append(out, node.targets);
      return;
    case 'AugAssign':
      out.push(node.value, node.target);
      return;
    case 'For':
      out.push(node.iterable, node.target);
      return;
    case 'While':
      out.push(node.test);
      return;
    case 'If':
      for (const b of node.branches) out.push(b.test);
      return;
    case 'With':
      for (const item of node.items) {
        out.push(item.context);
        if (item.target !== null) out.push(item.target);
      }
      return;
    case 'Try':
      for (const h of node.handlers) if (h.type !== null) out.push(h.type);
      return;
    case 'Function':
      out.push(...node.decorators);
      parameterParts(node.parameters, out);
      if (node.returns !== null) out.push(node.returns);
      return;
    case 'Class':
      out.push(...node.decorators, ...node.bases);
      for (const k of node.keywords) out.push(k.value);
      return;
    case 'Match':
      out.push(node.subject);
      for (const c of node.cases) if (c.guard !== null) out.push(c.guard);
      return;
    case 'Raise':
    case 'Assert':
    case 'Delete':
      append(out, node.values);
      return;
    default:
  }
}

const blockHolders = new Set(['For', 'While', 'If', 'Try', 'With', 'Function', 'Class', 'Broken', 'Match']);

/** Expressions and statements right below a node. */
export function childrenOf(node: Node): Node[] {
  const out: Node[] = [];
  childrenInto(node, out);
  return out;
}

function childrenInto(node: Node, out: Node[]): void {
  switch (node.kind) {
    // Most nodes by far, and nothing lies below them.
    case 'Name':
    case 'Number':
    case 'String':
    case 'Literal':
      return;
    default:
      expressionsOf(node, out);
      if (blockHolders.has(node.kind)) for (const block of blocksOf(node as Stmt)) append(out, block.body);
  }
}

/** Visits a node and all below it, parents first; a visitor that returns false keeps us out of that node. */
export function visit(root: Node, visitor: (node: Node) => boolean | undefined): void {
  // One list for all levels: rules walk the same trees many times, and a list for each node was a tenth of a check.
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (visitor(node) === false) continue;
    expand(node, waiting);
  }
}

/** Puts what lies right below a node on a list that is taken from its end, the first of them last. */
export function expand(node: Node, waiting: Node[]): void {
  const first = waiting.length;
  childrenInto(node, waiting);
  for (let low = first, high = waiting.length - 1; low < high; low++, high--) {
    const lower = waiting[low] as Node;
    waiting[low] = waiting[high] as Node;
    waiting[high] = lower;
  }
}

/** Like `visit`, without entering functions and classes defined inside. */
export function visitOwn(root: Node, visitor: (node: Node) => boolean | undefined): void {
  visit(root, (node) => {
    if (visitor(node) === false) return false;
    return node === root || (node.kind !== 'Function' && node.kind !== 'Class' && node.kind !== 'Lambda');
  });
}

/** `a.b.c` as text, or undefined when some part is not a plain name. */
export function dottedName(expr: Expr): string | undefined {
  if (expr.kind === 'Name') return expr.id;
  return expr.kind === 'Attribute' ? expr.path : undefined;
}

/** Names that an assignment target binds. */
export function boundNames(target: Expr, out: string[] = []): string[] {
  if (target.kind === 'Name') out.push(target.id);
  else if (target.kind === 'Tuple' || target.kind === 'List')
    for (const item of target.items) boundNames(item, out);
  else if (target.kind === 'Starred' && target.value !== null) boundNames(target.value, out);
  return out;
}
