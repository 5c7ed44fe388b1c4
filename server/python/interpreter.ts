/**
 * Abstract interpretation of one file: what each expression can be.
 * Several rounds over module and functions; what calls pass and functions return in one round is what the next one starts from.
 */

import type { Classes } from './classes.ts';
import { type Effects, NotedClasses, noEffects, type Passed } from './effects.ts';
import { Environment } from './environment.ts';
import { evaluate } from './evaluate.ts';
import { Flow } from './flow.ts';
import type { ForeignCall, FunctionState } from './functionState.ts';
import { NodeMap } from './nodeMap.ts';
import type { Call, Expr, Module } from './nodes.ts';
import type { Linker } from './project/linker.ts';
import { revived } from './project/portable.ts';
import type { ProjectFacts } from './project/projectFacts.ts';
import { findScopes, type ScopeNames, type Scopes } from './scopes.ts';
import { StarImports } from './starImports.ts';
import type { Yields } from './streams.ts';
import { valueAtEntry } from './valueAtEntry.ts';
import {
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

const maxRounds = 5;

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
  readonly stars: StarImports;
  /** Sums the functions up for other files. */
  readonly summingUp: boolean;
  /** What other files pass, once it was asked for. */
  private incoming: readonly Passed[] | undefined;
  /** The calls of the file are known: only then does a function that nobody calls get what its role says. */
  private ranOnce = false;
  /** Of the module and each function, when it ran last. */
  private readonly effects = new Map<Module | FunctionInfo, Effects>();
  private noting: Effects = noEffects();
  private globalsAfterModule: Environment | undefined;

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
    this.stars = new StarImports(facts?.linker, this.scopes.names.get(module)?.locals);
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
      env.set(p.name, valueAtEntry(this, state, info, p, index === 0));
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
    const global = this.globals.get(name) ?? this.stars.find(name);
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
}

const emptyNames: ScopeNames = {
  locals: new Set(),
  globals: new Set(),
  backward: new Set(),
  modules: new Set(),
};
