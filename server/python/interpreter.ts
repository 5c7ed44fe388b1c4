/**
 * Abstract interpretation of one file: what each expression can be.
 * Several rounds over module and functions; what calls pass and functions return in one round is what the next one starts from.
 */

import { Environment } from './environment.ts';
import { evaluate } from './evaluate.ts';
import {
  datasetClass,
  lightningModule,
  moduleClass,
  projectTrainer,
  trainerClass,
} from './knowledge/constructors.ts';
import { canonicalName } from './knowledge/names.ts';
import type { Block, Call, ClassDef, Expr, For, FunctionDef, Module, Stmt, While } from './nodes.ts';
import { parameterHint } from './parameterHints.ts';
import { findScopes, type ScopeNames, type Scopes } from './scopes.ts';
import {
  type ClassInfo,
  Device,
  elementOf,
  type FunctionInfo,
  join,
  library,
  none,
  number,
  sameValue,
  tensor,
  unknown,
  type Value,
  value,
} from './values.ts';
import { dottedName } from './walk.ts';

/** What is known of a function after the last round. */
export interface FunctionState {
  parameters: Map<string, Value>;
  returns: Value | undefined;
  /** Calls in this file that reach it. */
  calls: Set<Call>;
  /** Used as a value: somebody we do not see may call it. */
  escapes: boolean;
  /** Names at its end, for functions defined inside. */
  end: Environment;
}

const maxRounds = 5;

export class Interpreter {
  readonly module: Module;
  readonly scopes: Scopes;
  readonly values = new Map<Expr, Value>();
  readonly states = new Map<FunctionInfo, FunctionState>();
  readonly globals = new Environment();
  /** Calls and the functions of this file they may reach. */
  readonly targets = new Map<Call, readonly FunctionInfo[]>();
  /** Whether anything in the file speaks of devices: without that, unresolved devices mean nothing. */
  readonly deviceInText: boolean;

  /** The function being evaluated. */
  current: FunctionInfo | undefined;
  private names: ScopeNames;
  private nextParameters = new Map<FunctionInfo, Map<string, Value>>();
  private nextAttributes = new Map<ClassInfo, Map<string, Value>>();
  private readonly backEdges = new Map<For | While, Environment>();
  private loops: { exits: Environment[]; repeats: Environment[] }[] = [];
  private returned: Value | undefined;

  constructor(module: Module) {
    this.module = module;
    this.scopes = findScopes(module);
    this.deviceInText = /cuda|\bdevice\b|accelerat|lightning/i.test(module.text);
    this.names = this.scopes.names.get(module) ?? emptyNames;
    for (const info of this.scopes.functions)
      this.states.set(info, {
        parameters: new Map(),
        returns: undefined,
        calls: new Set(),
        escapes: false,
        end: new Environment(),
      });
  }

  run(): void {
    for (let round = 0; round < maxRounds; round++) if (!this.round() && round > 0) break;
    // What loops carried back still holds guesses of the first round, made before any call was seen.
    this.backEdges.clear();
    this.round();
    this.round();
  }

  private round(): boolean {
    this.nextParameters = new Map();
    this.nextAttributes = new Map();
    this.runModule();
    let changed = false;
    for (const info of this.scopes.functions) changed = this.runFunction(info) || changed;
    return this.settle() || changed;
  }

  /** Takes over what this round collected; true when it differs from the last. */
  private settle(): boolean {
    let changed = false;
    for (const [info, state] of this.states) {
      const next = this.nextParameters.get(info) ?? new Map<string, Value>();
      for (const [name, v] of next) if (!sameValue(state.parameters.get(name), v)) changed = true;
      if (next.size !== state.parameters.size) changed = true;
      state.parameters = next;
    }
    for (const info of this.scopes.classOf.values()) {
      const next = this.nextAttributes.get(info) ?? new Map<string, Value>();
      for (const [name, v] of next) if (!sameValue(info.attributes.get(name), v)) changed = true;
      info.attributes.clear();
      for (const [name, v] of next) info.attributes.set(name, v);
    }
    return changed;
  }

  private runModule(): void {
    this.current = undefined;
    this.names = this.scopes.names.get(this.module) ?? emptyNames;
    this.loops = [];
    this.block(this.module.body, this.globals);
  }

  private runFunction(info: FunctionInfo): boolean {
    const state = this.states.get(info);
    if (state === undefined) return false;
    this.current = info;
    this.names = this.scopes.names.get(info.node) ?? emptyNames;
    this.loops = [];
    this.returned = undefined;
    const env = new Environment();
    for (const [index, p] of info.node.parameters.entries()) {
      if (p.fallback !== null) this.evaluate(p.fallback, env);
      const passed = state.parameters.get(p.name);
      let v: Value;
      if (index === 0 && info.owner !== undefined && !isStatic(info.node)) v = this.selfValue(info.owner);
      else if (p.form === 'rest') v = value('sequence');
      else if (p.form === 'keywords') v = value('dict', { open: true });
      else {
        const hint = parameterHint(this, info, p);
        const fallback = p.fallback === null ? undefined : this.values.get(p.fallback);
        if (state.calls.size === 0 || state.escapes) v = join(passed, hint);
        else v = passed ?? (fallback === undefined ? hint : fallback);
        if (v.kind === 'unknown' && v.device === Device.none) v = hint;
      }
      env.set(p.name, v);
    }
    const falls = this.block(info.node.body, env);
    const returns: Value | undefined = falls && this.returned === undefined ? none : this.returned;
    const changed = !sameValue(state.returns, returns);
    state.returns = returns;
    state.end = env;
    return changed;
  }

  selfValue(owner: ClassInfo): Value {
    return this.instanceOf(owner, undefined);
  }

  /** An object of a class of this file. */
  instanceOf(info: ClassInfo, call: Call | undefined): Value {
    const bases = this.allLibraryBases(info);
    const sources = call === undefined ? [] : [call];
    const common = { classInfo: info, type: info.qualifiedName, sources };
    if (bases.some((b) => lightningModule.test(b)))
      return value('module', { ...common, device: info.device | Device.some });
    if (bases.some((b) => moduleClass.test(b))) return value('module', { ...common, device: info.device });
    if (bases.some((b) => datasetClass.test(b))) return value('dataset', common);
    return value('instance', common);
  }

  /** Library bases of a class, through the classes of this file. */
  allLibraryBases(info: ClassInfo, depth = 0): readonly string[] {
    if (depth > 8) return [];
    return [...info.libraryBases, ...info.bases.flatMap((b) => this.allLibraryBases(b, depth + 1))];
  }

  /** A Trainer of Hugging Face, also through a base class in a neighbouring file of its project. */
  isTrainer(info: ClassInfo): boolean {
    return this.allLibraryBases(info).some(
      (b) =>
        trainerClass.test(b) ||
        (projectTrainer.test(b) && /\b(transformers|accelerate)\b/.test(this.module.text)),
    );
  }

  method(info: ClassInfo, name: string, depth = 0): FunctionInfo | undefined {
    const own = info.methods.get(name);
    if (own !== undefined || depth > 8) return own;
    for (const base of info.bases) {
      const inherited = this.method(base, name, depth + 1);
      if (inherited !== undefined) return inherited;
    }
    return undefined;
  }

  attribute(info: ClassInfo, name: string, depth = 0): Value | undefined {
    const own = info.attributes.get(name) ?? this.nextAttributes.get(info)?.get(name);
    if (own !== undefined || depth > 8) return own;
    for (const base of info.bases) {
      const inherited = this.attribute(base, name, depth + 1);
      if (inherited !== undefined) return inherited;
    }
    return undefined;
  }

  setAttribute(info: ClassInfo, name: string, v: Value): void {
    let attributes = this.nextAttributes.get(info);
    if (attributes === undefined) {
      attributes = new Map();
      this.nextAttributes.set(info, attributes);
    }
    attributes.set(name, join(attributes.get(name), v));
  }

  /** Notes what a call passes to a function, and says what comes back. */
  callFunction(info: FunctionInfo, call: Call, passed: ReadonlyMap<string, Value>): Value {
    const state = this.states.get(info);
    if (state === undefined) return unknown;
    state.calls.add(call);
    const known = this.targets.get(call) ?? [];
    if (!known.includes(info)) this.targets.set(call, [...known, info]);
    let parameters = this.nextParameters.get(info);
    if (parameters === undefined) {
      parameters = new Map();
      this.nextParameters.set(info, parameters);
    }
    for (const [name, v] of passed) parameters.set(name, join(parameters.get(name), v));
    return state.returns ?? unknown;
  }

  /** Calls of a library thing by qualified name, also through `functools.partial`. */
  targetsOf(type: string): Call[] {
    const out: Call[] = [];
    for (const [expr, v] of this.values) {
      if (expr.kind !== 'Call') continue;
      const callee = this.values.get(expr.callee);
      if (callee?.kind === 'library' && callee.type === type) out.push(expr);
      else if (callee?.partial !== undefined && v.sources.includes(expr)) {
        const inner = callee.partial.args[0];
        if (inner !== undefined && this.values.get(inner)?.type === type) out.push(expr);
      }
    }
    return out;
  }

  escape(v: Value): void {
    for (const info of v.functions) {
      const state = this.states.get(info);
      if (state !== undefined) state.escapes = true;
    }
  }

  evaluate(expr: Expr, env: Environment): Value {
    const result = evaluate(this, expr, env);
    this.values.set(expr, result);
    return result;
  }

  lookup(name: string, env: Environment): Value | undefined {
    const own = env.get(name);
    if (own !== undefined) return this.refine(name, own);
    if (this.current !== undefined && this.names.locals.has(name)) return undefined;
    for (let outer = this.current?.outer; outer !== undefined; outer = outer.outer) {
      const v = this.states.get(outer)?.end.get(name);
      if (v !== undefined) return this.refine(name, v);
    }
    const global = this.globals.get(name);
    return global === undefined ? undefined : this.refine(name, global);
  }

  /** Uses in this scope can say what a value of unknown kind must be. */
  private refine(name: string, v: Value): Value {
    if (v.kind === 'unknown' && this.names.backward.has(name)) {
      const device = v.device !== Device.none ? v.device : this.deviceInText ? Device.some : Device.none;
      return tensor(device, { scalar: 'yes', grad: 'yes', dtype: 'float' });
    }
    if (
      (v.kind === 'unknown' || v.kind === 'object') &&
      this.names.modules.has(name) &&
      v.type !== 'builtins.eval'
    )
      return value('module', { device: v.device, assumed: true, type: v.type, sources: v.sources });
    return v;
  }

  /** Runs a block; false when no way leads out at its end. */
  block(block: Block, env: Environment): boolean {
    for (const statement of block.body) if (!this.statement(statement, env)) return false;
    return true;
  }

  private statement(node: Stmt, env: Environment): boolean {
    switch (node.kind) {
      case 'Expr':
        this.evaluate(node.value, env);
        return true;
      case 'Assign': {
        if (node.value === null) return true;
        const v = this.evaluate(node.value, env);
        for (const target of node.targets) this.bind(target, v, env);
        return true;
      }
      case 'AugAssign': {
        const before = this.evaluate(node.target, env);
        const added = this.evaluate(node.value, env);
        this.bind(node.target, accumulate(before, added), env);
        return true;
      }
      case 'If':
        return this.branches(
          node.branches.map((b) => ({ test: b.test, body: b.body })),
          node.orelse,
          env,
        );
      case 'For':
      case 'While':
        this.loop(node, env);
        return true;
      case 'With':
        for (const item of node.items) {
          const v = this.evaluate(item.context, env);
          if (item.target !== null) this.bind(item.target, v, env);
        }
        return this.block(node.body, env);
      case 'Try': {
        const before = env.copy();
        let falls = this.block(node.body, env);
        if (falls && node.orelse !== null) falls = this.block(node.orelse, env);
        before.joinWith(env);
        for (const handler of node.handlers) {
          const inside = before.copy();
          if (handler.type !== null) this.evaluate(handler.type, inside);
          if (handler.name !== null) inside.set(handler.name, unknown);
          if (!this.block(handler.body, inside)) continue;
          if (falls) env.joinWith(inside);
          else env.replaceWith(inside);
          falls = true;
        }
        if (node.finalizer !== null) return this.block(node.finalizer, env) && falls;
        return falls;
      }
      case 'Match': {
        this.evaluate(node.subject, env);
        const before = env.copy();
        for (const c of node.cases) {
          const inside = before.copy();
          for (const name of c.names) inside.set(name, unknown);
          if (c.guard !== null) this.evaluate(c.guard, inside);
          if (this.block(c.body, inside)) env.joinWith(inside);
        }
        return true;
      }
      case 'Function':
        for (const d of node.decorators) this.evaluate(d, env);
        this.defineFunction(node, env);
        return true;
      case 'Class':
        this.defineClass(node, env);
        return true;
      case 'Return': {
        const v = node.value === null ? none : this.evaluate(node.value, env);
        this.returned = join(this.returned, v);
        this.escape(v);
        return false;
      }
      case 'Import':
        for (const n of node.names)
          env.set(
            n.alias ?? n.name.split('.')[0] ?? n.name,
            library(canonicalName(n.alias === null ? (n.name.split('.')[0] ?? n.name) : n.name)),
          );
        return true;
      case 'ImportFrom':
        for (const n of node.names)
          if (n.name !== '*') env.set(n.alias ?? n.name, library(canonicalName(`${node.module}.${n.name}`)));
        return true;
      case 'Raise':
        for (const v of node.values) this.evaluate(v, env);
        return false;
      case 'Assert':
      case 'Delete':
        for (const v of node.values) this.evaluate(v, env);
        return true;
      case 'Break':
        this.loops[this.loops.length - 1]?.exits.push(env.copy());
        return false;
      case 'Continue':
        this.loops[this.loops.length - 1]?.repeats.push(env.copy());
        return false;
      case 'Broken':
        return this.block(node.body, env);
      default:
        return true;
    }
  }

  private branches(
    branches: readonly { test: Expr; body: Block }[],
    orelse: Block | null,
    env: Environment,
  ): boolean {
    const ends: Environment[] = [];
    for (const branch of branches) {
      const test = this.evaluate(branch.test, env);
      // `if False:` and `if TYPE_CHECKING:` hold imports and notes, not the program.
      const dead = test.constant === false && !test.overridable;
      const inside = env.copy();
      if (this.block(branch.body, inside) && !dead) ends.push(inside);
    }
    const rest = env.copy();
    if (orelse === null || this.block(orelse, rest)) ends.push(rest);
    const first = ends[0];
    if (first === undefined) return false;
    for (const end of ends.slice(1)) first.joinWith(end);
    env.replaceWith(first);
    return true;
  }

  private loop(node: For | While, env: Environment): void {
    const back = this.backEdges.get(node);
    const skipped = env.copy();
    if (back !== undefined) env.joinWith(back);
    if (node.kind === 'For') {
      const iterable = this.evaluate(node.iterable, env);
      this.bind(node.target, this.iterate(iterable), env);
    } else this.evaluate(node.test, env);
    const frame = { exits: [] as Environment[], repeats: [] as Environment[] };
    this.loops.push(frame);
    const falls = this.block(node.body, env);
    this.loops.pop();
    const ends = falls ? [env.copy(), ...frame.repeats] : frame.repeats;
    const firstEnd = ends[0];
    if (firstEnd !== undefined) {
      for (const end of ends.slice(1)) firstEnd.joinWith(end);
      this.backEdges.set(node, firstEnd.copy());
      env.replaceWith(firstEnd);
      env.joinWith(skipped);
    } else env.replaceWith(skipped);
    if (node.orelse !== null) this.block(node.orelse, env);
    for (const exit of frame.exits) env.joinWith(exit);
  }

  /** What a `for` yields. */
  iterate(v: Value): Value {
    if (v.kind === 'loader') {
      // Batches come from the host unless somebody moves them, such as Accelerate.
      return v.element ?? value('unknown', { device: v.device & ~Device.cpu, assumed: true, type: 'batch' });
    }
    if (v.kind === 'dict') return string_;
    if (v.items !== undefined || v.element !== undefined) return elementOf(v);
    if (v.kind === 'tensor') return { ...v, scalar: 'unknown' };
    if (v.kind === 'unknown' && v.device !== Device.none) return { ...v, scalar: 'unknown', assumed: true };
    return unknown;
  }

  bind(target: Expr, v: Value, env: Environment): void {
    this.values.set(target, v);
    switch (target.kind) {
      case 'Name':
        if (this.names.globals.has(target.id))
          this.globals.set(target.id, join(this.globals.get(target.id), v));
        else env.set(target.id, v);
        return;
      case 'Tuple':
      case 'List': {
        const positional = v.items !== undefined && v.items.length === target.items.length;
        for (const [i, item] of target.items.entries()) {
          if (item.kind === 'Starred') {
            if (item.value !== null) this.bind(item.value, value('sequence', { element: elementOf(v) }), env);
          } else this.bind(item, positional ? (v.items?.[i] ?? unknown) : this.unpacked(v), env);
        }
        return;
      }
      case 'Attribute': {
        const object = this.evaluate(target.object, env);
        if (object.classInfo !== undefined) this.setAttribute(object.classInfo, target.name, v);
        const path = dottedName(target);
        // Within one function `self.x` behaves as a variable does.
        if (path !== undefined) env.set(path, v);
        return;
      }
      case 'Subscript': {
        const object = this.evaluate(target.object, env);
        for (const index of target.indices) this.evaluate(index, env);
        const index = target.indices[0];
        const key = index?.kind === 'String' ? index.value : undefined;
        if (object.kind === 'dict' && target.object.kind === 'Name') {
          const entries = new Map(object.entries ?? []);
          if (key !== undefined) entries.set(key, { value: v, always: true });
          env.set(target.object.id, {
            ...object,
            entries: object.entries === undefined ? undefined : entries,
            open: object.open || key === undefined,
            element: key === undefined ? join(object.element, v) : object.element,
          });
        }
        return;
      }
      case 'Starred':
        if (target.value !== null) this.bind(target.value, v, env);
        return;
      default:
    }
  }

  private unpacked(v: Value): Value {
    if (v.items !== undefined || v.element !== undefined) return elementOf(v);
    if (v.kind === 'tensor') return { ...v, scalar: 'unknown' };
    if (v.kind === 'unknown' && v.device !== Device.none) return { ...v, assumed: true, scalar: 'unknown' };
    if (v.type === 'batch') return v;
    return unknown;
  }

  private defineFunction(node: FunctionDef, env: Environment): void {
    const info = this.scopes.functionOf.get(node);
    if (info === undefined) return;
    const state = this.states.get(info);
    // A decorator of the file or of a registry may hand the function to somebody we do not see.
    if (
      state !== undefined &&
      node.decorators.some((d) => !harmlessDecorator(dottedName(d.kind === 'Call' ? d.callee : d)))
    )
      state.escapes = true;
    env.set(node.name, value('function', { functions: [info] }));
  }

  private defineClass(node: ClassDef, env: Environment): void {
    const info = this.scopes.classOf.get(node);
    if (info === undefined) return;
    const bases: ClassInfo[] = [];
    const libraryBases: string[] = [];
    let closed = true;
    for (const base of node.bases) {
      const v = this.evaluate(base, env);
      if (v.kind === 'class' && v.classInfo !== undefined) bases.push(v.classInfo);
      else if (v.kind === 'library') libraryBases.push(v.type);
      else if (v.type !== 'builtins.object') closed = false;
    }
    for (const k of node.keywords) this.evaluate(k.value, env);
    for (const d of node.decorators) this.evaluate(d, env);
    info.bases = bases.filter((b) => b !== info);
    info.libraryBases = libraryBases;
    info.closed = closed;
    const inside = env.copy();
    this.block(node.body, inside);
    for (const [name, v] of inside.variables)
      if (env.get(name) !== v && v.kind !== 'function') this.setAttribute(info, name, v);
    env.set(node.name, value('class', { classInfo: info }));
  }
}

const emptyNames: ScopeNames = {
  locals: new Set(),
  globals: new Set(),
  backward: new Set(),
  modules: new Set(),
};
const string_ = value('string');

function accumulate(before: Value, added: Value): Value {
  if (added.kind === 'tensor' || (added.kind === 'unknown' && added.device !== Device.none))
    return before.kind === 'tensor'
      ? { ...join(before, added), device: before.device | added.device }
      : added;
  if (before.kind === 'tensor') return before;
  if (before.kind === 'number' && added.kind === 'number') return number;
  if (before.kind === 'sequence')
    return { ...before, items: undefined, element: join(before.element, elementOf(added)) };
  return join(before, added);
}

export function isStatic(node: FunctionDef): boolean {
  return node.decorators.some((d) => d.kind === 'Name' && d.id === 'staticmethod');
}

/** Decorators that neither keep nor call the function elsewhere. */
function harmlessDecorator(name: string | undefined): boolean {
  if (name === undefined) return false;
  return /(^|\.)(no_grad|inference_mode|enable_grad|staticmethod|classmethod|property|cached_property|lru_cache|cache|wraps|dataclass|abstractmethod|override|torch_script_\w+|autocast|record|compile|jit|script|main|command|contextmanager|timer|timeit)$/.test(
    name,
  );
}
