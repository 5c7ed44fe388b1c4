/** Functions, classes and the names each scope owns: what can be told before anything is evaluated. */

import type { Block, Call, ClassDef, Expr, FunctionDef, Module, Node, Stmt } from './nodes.ts';
import { syntaxOf } from './syntax.ts';
import type { ClassInfo, FunctionInfo } from './values.ts';
import { blocksOf, boundNames, visitOwn } from './walk.ts';

export interface ScopeNames {
  /** Assigned here and not declared global or nonlocal. */
  readonly locals: ReadonlySet<string>;
  /** Declared `global`: assignments go to the module. */
  readonly globals: ReadonlySet<string>;
  /** A backward pass starts from these names. */
  readonly backward: ReadonlySet<string>;
  /** Used like a module: `.parameters()`, `.state_dict()` and so on. */
  readonly modules: ReadonlySet<string>;
}

export interface Scopes {
  readonly functions: readonly FunctionInfo[];
  readonly functionOf: ReadonlyMap<FunctionDef, FunctionInfo>;
  readonly classOf: ReadonlyMap<ClassDef, ClassInfo>;
  readonly names: ReadonlyMap<FunctionDef | Module, ScopeNames>;
  /** `parser.add_argument(...)` calls of the file by the attribute they fill. */
  readonly arguments: ReadonlyMap<string, Call>;
}

const moduleMethods = new Set([
  'parameters',
  'named_parameters',
  'state_dict',
  'load_state_dict',
  'zero_grad_model',
  'eval',
  'named_modules',
]);

/** One pass over the file. */
export function findScopes(module: Module, path?: string): Scopes {
  const functions: FunctionInfo[] = [];
  const functionOf = new Map<FunctionDef, FunctionInfo>();
  const classOf = new Map<ClassDef, ClassInfo>();
  const names = new Map<FunctionDef | Module, ScopeNames>();

  const enter = (
    block: Block,
    prefix: string,
    outer: FunctionInfo | undefined,
    owner: ClassInfo | undefined,
  ): void => {
    for (const statement of block.body) {
      if (statement.kind === 'Function') {
        const info: FunctionInfo = { node: statement, qualifiedName: prefix + statement.name, owner, outer };
        functions.push(info);
        functionOf.set(statement, info);
        owner?.methods.set(statement.name, info);
        names.set(statement, scopeNames(statement.body, statement));
        enter(statement.body, `${info.qualifiedName}.`, info, undefined);
      } else if (statement.kind === 'Class') {
        const info: ClassInfo = {
          node: statement,
          home: path === undefined ? undefined : { path, name: prefix + statement.name },
          summaries: new Map(),
          qualifiedName: prefix + statement.name,
          libraryBases: [],
          bases: [],
          closed: false,
          methods: new Map(),
          fields: new Map(),
          assigned: new Set(),
          attributes: new Map(),
          device: 0,
        };
        classOf.set(statement, info);
        enter(statement.body, `${info.qualifiedName}.`, outer, info);
      } else for (const inner of blocksOf(statement)) enter(inner, prefix, outer, owner);
    }
  };
  enter(module.body, '', undefined, undefined);
  names.set(module, scopeNames(module.body, undefined));
  return { functions, functionOf, classOf, names, arguments: commandLine(module) };
}

const namesByBlock = new WeakMap<Block, ScopeNames>();

function scopeNames(block: Block, fn: FunctionDef | undefined): ScopeNames {
  let names = namesByBlock.get(block);
  if (names === undefined) {
    names = namesIn(block, fn);
    namesByBlock.set(block, names);
  }
  return names;
}

function namesIn(block: Block, fn: FunctionDef | undefined): ScopeNames {
  const locals = new Set<string>();
  const globals = new Set<string>();
  const backward = new Set<string>();
  const modules = new Set<string>();
  const computed: Computed[] = [];
  for (const p of fn?.parameters ?? []) locals.add(p.name);
  const look = (node: Node): boolean => {
    collectBindings(node, locals, globals);
    if (node.kind === 'Assign' || node.kind === 'AugAssign') computed.push(...computedNames(node));
    if (node.kind === 'Call') collectUses(node, backward, modules);
    return node.kind !== 'Function' && node.kind !== 'Class' && node.kind !== 'Lambda';
  };
  for (const statement of block.body) visitOwn(statement, look);
  for (const name of globals) locals.delete(name);
  // Behind `loss = raw / n` stands another number that a backward pass goes through.
  // Last made first: most names are made before they are used.
  computed.reverse();
  for (let size = -1; computed.length > 0 && size !== backward.size; ) {
    size = backward.size;
    for (const { name, value } of computed) if (backward.has(name)) termsIn(value, backward);
  }
  return { locals, globals, backward, modules };
}

function collectBindings(node: Node, locals: Set<string>, globals: Set<string>): void {
  const add = (target: Expr): void => {
    for (const name of boundNames(target)) locals.add(name);
  };
  switch (node.kind) {
    case 'Assign':
      for (const target of node.targets) add(target);
      return;
    case 'AugAssign':
    case 'For':
      add(node.target);
      return;
    case 'With':
      for (const item of node.items) if (item.target !== null) add(item.target);
      return;
    case 'Walrus':
      add(node.target);
      return;
    case 'Function':
    case 'Class':
      locals.add(node.name);
      return;
    case 'Import':
      for (const n of node.names) locals.add(n.alias ?? n.name.split('.')[0] ?? n.name);
      return;
    case 'ImportFrom':
      for (const n of node.names) locals.add(n.alias ?? n.name);
      return;
    case 'Try':
      for (const h of node.handlers) if (h.name !== null) locals.add(h.name);
      return;
    case 'Match':
      for (const c of node.cases) for (const n of c.names) locals.add(n);
      return;
    case 'Global':
    case 'Nonlocal':
      for (const n of node.names) globals.add(n);
      return;
    default:
  }
}

function collectUses(call: Call, backward: Set<string>, modules: Set<string>): void {
  if (call.callee.kind !== 'Attribute') return;
  const { name, object } = call.callee;
  if (name === 'backward' || name === 'manual_backward') {
    const root: Expr | undefined = call.args[0] ?? object;
    if (name === 'backward' && call.args.length === 0) carriersIn(object, backward);
    else if (root !== undefined) carriersIn(root, backward);
  } else if (moduleMethods.has(name) && object.kind === 'Name') modules.add(object.id);
}

/** `loss`, `loss / n`, `scaler.scale(loss)`, `loss.mean()`: the names that carry the value. */
function carriersIn(expr: Expr, out: Set<string>): void {
  if (expr.kind === 'Name') out.add(expr.id);
  else if (expr.kind === 'Binary') {
    carriersIn(expr.left, out);
    if (expr.operator === '+') carriersIn(expr.right, out);
  } else if (expr.kind === 'Call') {
    if (expr.callee.kind === 'Attribute' && expr.callee.name === 'scale' && expr.args[0] !== undefined)
      carriersIn(expr.args[0], out);
    else if (expr.callee.kind === 'Attribute' && expr.args.length === 0) carriersIn(expr.callee.object, out);
  }
}

interface Computed {
  readonly name: string;
  readonly value: Expr;
}

/** `loss = …` and `loss += …` by arithmetic. */
function computedNames(node: Extract<Stmt, { kind: 'Assign' | 'AugAssign' }>): Computed[] {
  if (node.kind === 'AugAssign')
    return node.operator === '+=' && node.target.kind === 'Name'
      ? [{ name: node.target.id, value: node.value }]
      : [];
  if (node.value?.kind !== 'Binary') return [];
  const { value, targets } = node;
  return targets.flatMap((target) => (target.kind === 'Name' ? { name: target.id, value } : []));
}

/** Names of a sum of numbers that are tensors for certain: what is weighed or divided, not the weights. */
function termsIn(expr: Expr, out: Set<string>): void {
  if (expr.kind === 'Name') out.add(expr.id);
  if (expr.kind !== 'Binary') return;
  const { operator, left, right } = expr;
  if (operator === '+' || operator === '/') termsIn(left, out);
  if (operator === '+') termsIn(right, out);
  if (operator === '*' && isWeight(left)) termsIn(right, out);
  if (operator === '*' && isWeight(right)) termsIn(left, out);
}

const isWeight = (expr: Expr): boolean => expr.kind === 'Number' || expr.kind === 'Attribute';

function commandLine(module: Module): Map<string, Call> {
  const out = new Map<string, Call>();
  for (const call of syntaxOf(module).all('Call')) {
    if (call.callee.kind !== 'Attribute' || call.callee.name !== 'add_argument') continue;
    const explicit = call.keywords.find((k) => k.name === 'dest')?.value;
    const flags = call.args.filter((a) => a.kind === 'String').map((a) => a.value);
    const long = flags.find((f) => f.startsWith('--')) ?? flags[0];
    const dest = explicit?.kind === 'String' ? explicit.value : long?.replace(/^-+/, '').replaceAll('-', '_');
    // Two parsers that disagree about one name: the first stays, with no default to rely on.
    if (dest !== undefined && !out.has(dest)) out.set(dest, call);
  }
  return out;
}
