/**
 * Abstract interpretation of one file: what each expression can be.
 * Several rounds over module and functions; what calls pass and functions return in one round is what the next one starts from.
 */

import { Environment } from './environment.ts';
import { evaluate } from './evaluate.ts';
import { Flow } from './flow.ts';
import type { ForeignCall, FunctionState } from './functionState.ts';
import { NodeMap } from './nodeMap.ts';
import type { Call, Expr, Module } from './nodes.ts';
import { NotedClasses } from './notedClasses.ts';
import type { Linker } from './project/linker.ts';
import { revived } from './project/portable.ts';
import type { ProjectFacts } from './project/projectFacts.ts';
import { findScopes, type ScopeNames, type Scopes } from './scopes.ts';
import { StarImports } from './starImports.ts';
import type { Yields } from './streams.ts';
import { type BackEdges, type Passed, type Readable, Turn } from './turn.ts';
import { valueAtEntry } from './valueAtEntry.ts';
import {
  type ClassInfo,
  Device,
  type FunctionInfo,
  join,
  none,
  tensor,
  unknown,
  unlessSame,
  type Value,
  value,
} from './values.ts';

/** Most files settle in three or four; functions whose values go round in a circle may never do. */
const maxRounds = 8;

export class Interpreter implements Readable {
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
  readonly classes: NotedClasses;
  private readonly flow: Flow;
  private nextParameters = new Map<FunctionInfo, Map<string, Value>>();
  readonly stars: StarImports;
  /** Sums the functions up for other files. */
  readonly summingUp: boolean;
  /** What other files pass, once it was asked for. */
  private incoming: readonly Passed[] | undefined;
  /** The calls of the file are known: only then does a function that nobody calls get what its role says. */
  private ranOnce = false;
  /** Of the module and of each function, the last that was taken. */
  private readonly turns = new Map<Module | FunctionInfo, Turn>();
  private turn = new Turn(0);
  private globalsBefore = new Environment();
  private globalsAfter = new Environment();

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
    this.stars = new StarImports(module, facts?.linker, this.scopes.names.get(module)?.locals);
    this.classes = new NotedClasses(module.text, [...this.scopes.classOf.values()], () => this.turn);
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
        entry: new Map(),
        end: new Environment(),
      });
  }

  run(): void {
    for (let round = 0; round < maxRounds; round++) if (!this.round()) return;
  }

  /** False when nothing that anybody reads has changed, so that no turn was taken. */
  private round(): boolean {
    this.nextParameters = new Map();
    this.classes.startRound();
    let taken = this.takeModule();
    for (const [info, state] of this.states) taken = this.takeFunction(info, state) || taken;
    this.turn = new Turn(this.classes.changes);
    this.ranOnce = true;
    if (taken) this.settle();
    return taken;
  }

  /** Whether a role says what a function is handed: where it is summed up its caller does. */
  get trustsRoles(): boolean {
    return this.ranOnce && !this.summingUp;
  }

  /** Does again what a turn has left behind. */
  private repeat(unit: Module | FunctionInfo, last: Turn): void {
    this.turn = new Turn(this.classes.changes);
    if (unit === this.module) this.globals.replaceWith(this.globalsAfter);
    for (const [info, passed] of last.passes) this.pass(info, passed);
    for (const [info, name, v] of last.attributes) this.classes.setAttribute(info, name, v);
    for (const [name, v] of last.globals) this.setGlobal(name, v);
  }

  /** Begins a turn; what was the last one of the unit. */
  private begin(unit: Module | FunctionInfo): Turn | undefined {
    this.turn = new Turn(this.classes.changes);
    this.current = unit === this.module ? undefined : (unit as FunctionInfo);
    this.names = this.scopes.names.get(this.current?.node ?? this.module) ?? emptyNames;
    return this.turns.get(unit);
  }

  private end(unit: Module | FunctionInfo, fresh: boolean): void {
    this.turn.loops = this.flow.looped;
    this.turn.backEdges = this.flow.backEdges;
    // One turn more with what was carried back is enough: later ones only blur it.
    this.turn.carried = this.flow.carried && fresh;
    this.turns.set(unit, this.turn);
  }

  /** What the loops start from: where anything else has changed, what they carried back was a guess. */
  private backEdges(last: Turn | undefined, same: boolean): BackEdges {
    return last !== undefined && same ? last.backEdges : new Map();
  }

  /** A name that a function declares `global`. */
  setGlobal(name: string, v: Value): void {
    this.turn.readName(name, this.nameOutside(name));
    this.turn.globals.push([name, v]);
    this.globals.set(name, join(this.globals.get(name), v));
  }

  /** Takes over what this round collected. */
  private settle(): void {
    this.addIncoming();
    for (const [info, state] of this.states) {
      const next = this.nextParameters.get(info) ?? new Map<string, Value>();
      for (const [name, v] of next) {
        next.set(name, unlessSame(state.parameters.get(name), v));
      }
      state.parameters = next;
    }
    this.classes.settle(this.scopes.classOf.values());
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

  /** False where it would read the same again. */
  private takeModule(): boolean {
    const last = this.begin(this.module);
    const same =
      this.globals.saysSameAs(this.globalsBefore) && last?.readsTheSame(this, this.classes.changes) === true;
    if (same && !last.carried) {
      this.repeat(this.module, last);
      return false;
    }
    this.flow.enter(this.backEdges(last, same));
    this.globalsBefore = this.globals.copy();
    this.flow.block(this.module.body, this.globals);
    for (const [name, v] of this.globals.changesAgainst(this.globalsAfter))
      this.globals.set(name, unlessSame(this.globalsAfter.get(name), v));
    this.globalsAfter = this.globals.copy();
    this.end(this.module, !same);
    return true;
  }

  /** False where it would read the same again. */
  private takeFunction(info: FunctionInfo, state: FunctionState): boolean {
    const last = this.begin(info);
    const env = new Environment();
    const same = this.enter(info, state, env) && last?.readsTheSame(this, this.classes.changes) === true;
    if (same && !last.carried) {
      this.repeat(info, last);
      return false;
    }
    this.flow.enter(this.backEdges(last, same));
    const falls = this.flow.block(info.node.body, env);
    const result: Value | undefined =
      this.flow.yields.result(info.node) ??
      (falls && this.flow.returned === undefined ? none : this.flow.returned);
    state.returns = result === undefined ? undefined : unlessSame(state.returns, result);
    state.end = env;
    this.end(info, !same);
    return true;
  }

  /** Binds the parameters; whether they are what they were the last time. */
  private enter(info: FunctionInfo, state: FunctionState, env: Environment): boolean {
    let same = true;
    let first = true;
    for (const p of info.node.parameters) {
      if (p.fallback !== null) this.evaluate(p.fallback, env);
      const before = state.entry.get(p.name);
      const v = unlessSame(before, valueAtEntry(this, state, info, p, first));
      first = false;
      if (v !== before) same = false;
      state.entry.set(p.name, v);
      env.set(p.name, v);
    }
    return same;
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
    return this.turn.readReturn(state) ?? unknown;
  }

  /** What a function of the file gave when it ran last. */
  returnsOf(info: FunctionInfo): Value | undefined {
    const state = this.states.get(info);
    return state === undefined ? undefined : this.turn.readReturn(state);
  }

  /** The value of an expression that stands elsewhere than what runs. */
  recall(expr: Expr): Value | undefined {
    const v = this.values.get(expr);
    this.turn.readValue(expr, v);
    return v;
  }

  private pass(info: FunctionInfo, passed: ReadonlyMap<string, Value>): void {
    this.turn.passes.push([info, passed]);
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
      at = (inner === undefined ? undefined : this.recall(inner)) ?? unknown;
    }
    return { value: at.partial === undefined ? at : unknown, partials };
  }

  /** Somebody we do not see may call a function that is handed on, or what `partial` made of it. */
  escape(v: Value): void {
    if (v.functions.length === 0 && v.partial === undefined) return;
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
    const outside = this.nameOutside(name);
    this.turn.readName(name, outside);
    return outside === undefined ? undefined : this.refine(name, outside);
  }

  /** What a name stands for outside of the function that runs. */
  nameOutside(name: string): Value | undefined {
    for (let outer = this.current?.outer; outer !== undefined; outer = outer.outer) {
      const v = this.states.get(outer)?.end.get(name);
      if (v !== undefined) return v;
    }
    return this.globals.get(name) ?? this.stars.find(name);
  }

  attribute(info: ClassInfo, name: string): Value | undefined {
    return this.classes.settledAttribute(info, name);
  }

  valueOf(expr: Expr): Value | undefined {
    return this.values.get(expr);
  }

  /** Uses in this scope can say what a value of unknown kind must be. */
  private refine(name: string, v: Value): Value {
    if (v.kind === 'unknown' && this.names.backward.has(name)) {
      const device = v.device !== Device.none ? v.device : this.deviceInText ? Device.some : Device.none;
      return tensor(device, { scalar: 'yes', grad: 'yes', dtype: 'float' });
    }
    // A backward pass starts from one number, whatever it was taken for.
    if (
      v.kind === 'tensor' &&
      v.scalar !== 'no' &&
      (v.assumed || v.scalar === 'unknown') &&
      this.names.backward.has(name)
    )
      return { ...v, scalar: 'yes', assumed: false };
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
