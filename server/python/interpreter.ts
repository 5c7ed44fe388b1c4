/**
 * Abstract interpretation of one file: what each expression can be.
 * Several rounds over module and functions; what calls pass and functions return in one round is what the next one starts from.
 */

import { Classes } from './classes.ts';
import { Environment } from './environment.ts';
import { evaluate } from './evaluate.ts';
import { Flow } from './flow.ts';
import { NodeMap } from './nodeMap.ts';
import type { Call, Expr, FunctionDef, Module } from './nodes.ts';
import { parameterHint } from './parameterHints.ts';
import type { IncomingCall } from './project/incoming.ts';
import type { Linker } from './project/linker.ts';
import { type FunctionSummary, revived } from './project/portable.ts';
import { findScopes, type ScopeNames, type Scopes } from './scopes.ts';
import type { Yields } from './streams.ts';
import { syntaxOf } from './syntax.ts';
import {
  type ClassInfo,
  Device,
  type FunctionInfo,
  join,
  none,
  sameValue,
  tensor,
  unknown,
  unlessSame,
  type Value,
  value,
} from './values.ts';

/** What is known of a function after the last round. */
export interface FunctionState {
  parameters: Map<string, Value>;
  returns: Value | undefined;
  /** Calls in this file that reach it. */
  calls: Set<Call>;
  /** Used as a value: somebody we do not see may call it. */
  escapes: boolean;
  /** Calls from other files. */
  readonly incoming: readonly IncomingCall[];
  /** Names at its end, for functions defined inside. */
  end: Environment;
}

/** What the other files of the project say about this one. */
export interface ProjectFacts {
  readonly linker: Linker;
  readonly incoming: readonly IncomingCall[];
  /** Sums the functions up for other files: an argument that nothing is known of is where the caller has it. */
  readonly summingUp: boolean;
}

/** A call that reaches a function of another file. */
export interface ForeignCall {
  readonly summary: FunctionSummary;
  readonly parameters: ReadonlyMap<string, Value>;
  /** Devices that the arguments, and the module it is called on, are on. */
  readonly given: number;
}

const maxRounds = 5;

/** What a function was passed, by parameter. */
type Passed = readonly [FunctionInfo, ReadonlyMap<string, Value>];

/** What running the module or a function has left behind for the others, in order: enough to do it again without running. */
interface Effects {
  readonly passes: Passed[];
  readonly attributes: (readonly [ClassInfo, string, Value])[];
  readonly globals: (readonly [string, Value])[];
  /** It holds a loop: what that carries back changes with every round. */
  readonly loops: boolean;
}

export class Interpreter {
  readonly module: Module;
  readonly scopes: Scopes;
  readonly values: NodeMap<Expr, Value>;
  readonly states = new Map<FunctionInfo, FunctionState>();
  readonly globals = new Environment();
  /** Calls and the functions of this file they may reach. */
  readonly targets = new Map<Call, readonly FunctionInfo[]>();
  readonly foreignCalls = new Map<Call, ForeignCall>();
  /** The other files of the project; undefined where a file is analysed alone. */
  readonly linker: Linker | undefined;
  /** Whether anything in the file speaks of devices: without that, unresolved devices mean nothing. */
  readonly deviceInText: boolean;

  /** The function being evaluated. */
  current: FunctionInfo | undefined;
  names: ScopeNames;
  readonly classes: Classes;
  private readonly flow: Flow;
  private nextParameters = new Map<FunctionInfo, Map<string, Value>>();
  /** Modules all of whose names the file takes over. */
  private readonly stars: string[] = [];
  private readonly starredNames = new Map<string, Value | undefined>();
  private readonly summingUp: boolean;
  /** What other files pass, once it was asked for. */
  private incoming: readonly Passed[] | undefined;
  /** The calls of the file are known: only then does a function that nobody calls get what its role says. */
  private ranOnce = false;
  /** Of the module and each function, when it ran last. */
  private readonly effects = new Map<Module | FunctionInfo, Effects>();
  private noting: Effects = noEffects();
  private globalsAfterModule: Environment | undefined;
  /** What `targetsOf` found when so many values were known. */
  private readonly callsByType = new Map<
    string,
    { readonly calls: readonly Call[]; readonly values: number }
  >();

  constructor(module: Module, facts?: ProjectFacts) {
    this.module = module;
    this.values = new NodeMap(module);
    this.linker = facts?.linker;
    this.summingUp = facts?.summingUp === true;
    this.scopes = findScopes(module, facts?.linker.path);
    if (facts !== undefined) {
      const own = new Map([...this.scopes.classOf.values()].map((info) => [info.qualifiedName, info]));
      facts.linker.ownClass = (name) => own.get(name);
    }
    this.classes = new NotedClasses(module.text, [...this.scopes.classOf.values()], (...effect) =>
      this.noting.attributes.push(effect),
    );
    this.flow = new Flow(this);
    this.deviceInText = /cuda|\bdevice\b|accelerat|lightning/i.test(module.text);
    this.names = this.scopes.names.get(module) ?? emptyNames;
    for (const info of this.scopes.functions)
      this.states.set(info, {
        parameters: new Map(),
        returns: undefined,
        calls: new Set(),
        incoming: facts?.incoming.filter((call) => call.callee.name === info.qualifiedName) ?? [],
        escapes: false,
        end: new Environment(),
      });
  }

  run(): void {
    let settled = false;
    for (let round = 0; round < maxRounds && !settled; round++) settled = !this.round(false) && round > 0;
    // What loops carried back still holds guesses of the first round, made before any call was seen.
    this.flow.forgetLoops();
    settled = !this.round(settled) && settled;
    // A generator that turned out to give batches, kept in an attribute: one round to keep it, one to read it.
    if (!settled) settled = !this.round(false);
    this.round(settled);
  }

  /** `settled`: the last round changed nothing, so that what holds no loop would say the same again. */
  private round(settled: boolean): boolean {
    this.nextParameters = new Map();
    this.classes.startRound();
    if (!settled || !this.repeat(this.module)) this.noteEffects(this.module, () => this.runModule());
    let changed = false;
    for (const info of this.scopes.functions)
      if (!settled || !this.repeat(info))
        this.noteEffects(info, () => {
          changed = this.runFunction(info) || changed;
        });
    this.ranOnce = true;
    return this.settle() || changed;
  }

  /** Whether a role says what a function is handed: where it is summed up its caller does. */
  get trustsRoles(): boolean {
    return this.ranOnce && !this.summingUp;
  }

  private noteEffects(unit: Module | FunctionInfo, run: () => void): void {
    this.noting = noEffects();
    this.flow.looped = false;
    run();
    this.effects.set(unit, { ...this.noting, loops: this.flow.looped });
    this.noting = noEffects();
  }

  /** Does again what the last run has left behind, where that would be the same. */
  private repeat(unit: Module | FunctionInfo): boolean {
    const effects = this.effects.get(unit);
    if (effects === undefined || effects.loops) return false;
    if (unit === this.module && this.globalsAfterModule !== undefined)
      this.globals.replaceWith(this.globalsAfterModule);
    for (const [info, passed] of effects.passes) this.pass(info, passed);
    for (const [info, name, v] of effects.attributes) this.classes.setAttribute(info, name, v);
    for (const [name, v] of effects.globals) this.setGlobal(name, v);
    return true;
  }

  /** A name that a function declares `global`. */
  setGlobal(name: string, v: Value): void {
    this.noting.globals.push([name, v]);
    this.globals.set(name, join(this.globals.get(name), v));
  }

  /** Takes over what this round collected; true when it differs from the last. */
  private settle(): boolean {
    let changed = false;
    this.addIncoming();
    for (const [info, state] of this.states) {
      const next = this.nextParameters.get(info) ?? new Map<string, Value>();
      for (const [name, v] of next) if (!sameValue(state.parameters.get(name), v)) changed = true;
      if (next.size !== state.parameters.size) changed = true;
      state.parameters = next;
    }
    return this.classes.settle(this.scopes.classOf.values()) || changed;
  }

  /** What other files pass counts like what this one passes. */
  private addIncoming(): void {
    this.incoming ??= [...this.revivedCalls()];
    for (const [info, passed] of this.incoming) this.pass(info, passed);
  }

  private *revivedCalls(): Generator<Passed> {
    const { linker } = this;
    if (linker === undefined) return;
    for (const [info, { incoming }] of this.states)
      for (const { parameters } of incoming)
        yield [info, new Map(parameters.map(([name, v]) => [name, revived(v, linker, Device.none)]))];
  }

  private runModule(): void {
    this.current = undefined;
    this.names = this.scopes.names.get(this.module) ?? emptyNames;
    this.flow.enter();
    this.flow.block(this.module.body, this.globals);
    this.globalsAfterModule = this.globals.copy();
  }

  private runFunction(info: FunctionInfo): boolean {
    const state = this.states.get(info);
    if (state === undefined) return false;
    this.current = info;
    this.names = this.scopes.names.get(info.node) ?? emptyNames;
    this.flow.enter();
    const env = new Environment();
    for (const [index, p] of info.node.parameters.entries()) {
      if (p.fallback !== null) this.evaluate(p.fallback, env);
      const passed = state.parameters.get(p.name);
      let v: Value;
      if (index === 0 && info.owner !== undefined && !isStatic(info.node))
        v = this.givenSelf(this.classes.instanceOf(info.owner, undefined));
      else if (p.form === 'rest') v = value('sequence');
      else if (p.form === 'keywords') {
        const called = state.calls.size > 0 || state.incoming.length > 0;
        v = (called && !state.escapes ? passed : undefined) ?? value('dict', { open: true });
      } else {
        const hint = parameterHint(this, info, p);
        const fallback = p.fallback === null ? undefined : this.values.get(p.fallback);
        const called = state.calls.size > 0 || state.incoming.length > 0;
        if (!called || state.escapes) v = join(passed, hint);
        else v = passed ?? (fallback === undefined ? hint : fallback);
        if (v.kind === 'unknown' && v.device === Device.none) v = hint;
        if (this.summingUp && v.device === Device.none && /^(unknown|tensor|module)$/.test(v.kind))
          v = { ...v, device: Device.given, assumed: true };
      }
      env.set(p.name, v);
    }
    const falls = this.flow.block(info.node.body, env);
    const returns: Value | undefined =
      this.flow.yields.result(info.node) ??
      (falls && this.flow.returned === undefined ? none : this.flow.returned);
    const changed = !sameValue(state.returns, returns);
    state.returns = returns;
    state.end = env;
    return changed;
  }

  /** A module that is summed up is where its caller has moved it. */
  private givenSelf(self: Value): Value {
    const moved = !this.summingUp || self.kind !== 'module' || self.device !== Device.none;
    return moved ? self : { ...self, device: Device.given };
  }

  /** What the function that runs yields. */
  get yields(): Yields {
    return this.flow.yields;
  }

  /** Notes what a call passes to a function, and says what comes back. */
  callFunction(info: FunctionInfo, call: Call, passed: ReadonlyMap<string, Value>): Value {
    const state = this.states.get(info);
    if (state === undefined) return unknown;
    state.calls.add(call);
    const known = this.targets.get(call) ?? [];
    if (!known.includes(info)) this.targets.set(call, [...known, info]);
    this.pass(info, passed);
    return state.returns ?? unknown;
  }

  private pass(info: FunctionInfo, passed: ReadonlyMap<string, Value>): void {
    this.noting.passes.push([info, passed]);
    let parameters = this.nextParameters.get(info);
    if (parameters === undefined) {
      parameters = new Map();
      this.nextParameters.set(info, parameters);
    }
    for (const [name, v] of passed) parameters.set(name, join(parameters.get(name), v));
  }

  /** Calls of a library thing by qualified name, also through `functools.partial`. */
  targetsOf(type: string): readonly Call[] {
    const known = this.callsByType.get(type);
    if (known?.values === this.values.size) return known.calls;
    const out: Call[] = [];
    this.callsByType.set(type, { calls: out, values: this.values.size });
    for (const call of syntaxOf(this.module).all('Call')) {
      const v = this.values.get(call);
      const callee = v === undefined ? undefined : this.values.get(call.callee);
      if (callee?.kind === 'library' && callee.type === type) out.push(call);
      else if (callee?.partial !== undefined && v?.sources.includes(call) === true) {
        if (this.withinPartial(callee).value.type === type) out.push(call);
      }
    }
    return out;
  }

  /** What is called in the end, and the calls of `partial` around it from the outside inwards. */
  withinPartial(v: Value): { readonly value: Value; readonly partials: readonly Call[] } {
    const partials: Call[] = [];
    let at = v;
    // One that is made of itself in a loop has no end.
    while (at.partial !== undefined && !partials.includes(at.partial)) {
      partials.push(at.partial);
      const [inner] = at.partial.args;
      at = (inner === undefined ? undefined : this.values.get(inner)) ?? unknown;
    }
    return { value: at.partial === undefined ? at : unknown, partials };
  }

  /** Somebody we do not see may call a function that is handed on, or what `partial` made of it. */
  escape(v: Value): void {
    for (const info of this.withinPartial(v).value.functions) {
      const state = this.states.get(info);
      if (state !== undefined) state.escapes = true;
    }
  }

  evaluate(expr: Expr, env: Environment): Value {
    const before = this.values.get(expr);
    // A literal says the same each time.
    if (before !== undefined && (expr.kind === 'String' || expr.kind === 'Number' || expr.kind === 'Literal'))
      return before;
    const result = unlessSame(before, evaluate(this, expr, env));
    if (result !== before) this.values.set(expr, result);
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
    const global = this.globals.get(name) ?? this.starred(name);
    return global === undefined ? undefined : this.refine(name, global);
  }

  /** `from module import *`: what it brings takes the place of what was bound before. */
  importStar(module: string, env: Environment): void {
    if (!this.stars.includes(module)) this.stars.push(module);
    for (const name of env.variables.keys()) {
      const brought = name.startsWith('_') ? undefined : this.linker?.starred(module, name);
      if (brought !== undefined) env.set(name, brought);
    }
  }

  private starred(name: string): Value | undefined {
    if (this.linker === undefined || this.stars.length === 0 || name.startsWith('_')) return undefined;
    // Not bound yet, as in a first round: what it will be is said here, and the other file need not be asked.
    if (this.scopes.names.get(this.module)?.locals.has(name) === true) return undefined;
    const key = `${this.stars.length} ${name}`;
    if (this.starredNames.has(key)) return this.starredNames.get(key);
    let found: Value | undefined;
    for (const module of this.stars) found = this.linker.starred(module, name) ?? found;
    this.starredNames.set(key, found);
    return found;
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
}

function noEffects(): Effects {
  return { passes: [], attributes: [], globals: [], loops: false };
}

class NotedClasses extends Classes {
  private readonly note: (info: ClassInfo, name: string, v: Value) => void;

  constructor(
    text: string,
    own: readonly ClassInfo[],
    note: (info: ClassInfo, name: string, v: Value) => void,
  ) {
    super(text, own);
    this.note = note;
  }

  override setAttribute(info: ClassInfo, name: string, v: Value): void {
    this.note(info, name, v);
    super.setAttribute(info, name, v);
  }
}

const emptyNames: ScopeNames = {
  locals: new Set(),
  globals: new Set(),
  backward: new Set(),
  modules: new Set(),
};
export function isStatic(node: FunctionDef): boolean {
  return node.decorators.some((d) => d.kind === 'Name' && d.id === 'staticmethod');
}
