/** Whether a network is in evaluation mode where it runs: by `eval()` in the same function, where it was made, or at every caller. */

import type { Interpreter } from './interpreter.ts';
import type { Call, Expr, FunctionDef, Node } from './nodes.ts';
import { type Parents, syntaxOf } from './syntax.ts';
import type { FunctionInfo } from './values.ts';
import { boundNames, dottedName, visitOwn } from './walk.ts';

/** A call that puts a network into a mode, by the name that the network goes by there. */
interface Switch {
  readonly name: string;
  readonly owner: FunctionDef | undefined;
  readonly at: number;
  readonly call: Call;
  readonly evaluates: boolean;
}

const deepest = 3;
const moves = /^(to|cuda|cpu|half|float|double|bfloat16|requires_grad_|share_memory)$/;

export class EvaluationMode {
  private readonly machine: Interpreter;
  private readonly parents: Parents;
  private known: readonly Switch[] | undefined;

  constructor(machine: Interpreter, parents: Parents) {
    this.machine = machine;
    this.parents = parents;
  }

  /** Whether the network that goes by a name in a function (undefined: the module) is in evaluation mode at an offset. */
  holds(name: string, owner: FunctionDef | undefined, at: number, depth = 0): boolean {
    const own = this.switches.filter((s) => s.owner === owner && covers(s, name));
    if (own.some((s) => s.evaluates && s.at < at)) return true;
    if (own.length > 0 || depth > deepest) return false;
    if (name.startsWith('self.')) return this.sinceItWasMade(name, owner);
    return (
      this.madeSo(name, owner, at) ||
      (owner !== undefined && (this.passedSo(name, owner, depth) || this.fromOutside(name, owner, depth)))
    );
  }

  /** Whether a function has put a network into evaluation mode last before an offset, on each way to there. */
  isSwitchedBefore(name: string, owner: FunctionDef | undefined, at: number): boolean {
    const own = this.switches.filter((s) => s.owner === owner && s.at < at && covers(s, name));
    const last = own.sort((a, b) => a.at - b.at).at(-1);
    if (last?.evaluates !== true) return false;
    for (let up: Node | undefined = last.call; up !== undefined && up !== owner; up = this.parents.get(up))
      if (up.kind === 'If' && up.end <= at) return false;
    return true;
  }

  /** Whether some code puts what goes by this very name into a mode. */
  names(name: string | undefined): boolean {
    return this.switches.some((s) => s.name === name);
  }

  /** Whether a stretch of code puts a network into either mode. */
  isSwitchedWithin(name: string, { start, end }: Node): boolean {
    return this.switches.some((s) => s.at >= start && s.at < end && covers(s, name));
  }

  /** Whether a function puts a network of its own into evaluation mode, and never into the other. */
  isSwitchedIn(fn: FunctionDef, name: string): boolean {
    const own = this.switches.filter((s) => s.owner === fn && covers(s, name));
    return own.length > 0 && own.every((s) => s.evaluates);
  }

  /** An attribute that `__init__`, or what it calls, leaves in evaluation mode, and nobody in the class puts into the other. */
  private sinceItWasMade(name: string, owner: FunctionDef | undefined): boolean {
    const info = owner === undefined ? undefined : this.machine.scopes.functionOf.get(owner);
    const inClass = this.switches.filter((s) => covers(s, name) && this.classOf(s.owner) === info?.owner);
    if (info?.owner === undefined || inClass.some((s) => !s.evaluates)) return false;
    const first = this.machine.classes.method(info.owner, '__init__');
    return inClass.some(
      (s) => s.owner !== undefined && (s.owner === first?.node || this.isCalledBy(s.owner, first)),
    );
  }

  private classOf(fn: FunctionDef | undefined): FunctionInfo['owner'] {
    return fn === undefined ? undefined : this.machine.scopes.functionOf.get(fn)?.owner;
  }

  private isCalledBy(fn: FunctionDef, caller: FunctionInfo | undefined): boolean {
    const info = this.machine.scopes.functionOf.get(fn);
    const calls = info === undefined ? undefined : this.machine.states.get(info)?.calls;
    return caller !== undefined && [...(calls ?? [])].some((call) => this.around(call) === caller.node);
  }

  /** `model = load(path)`, where `load` hands back what it has put into evaluation mode. */
  private madeSo(name: string, owner: FunctionDef | undefined, at: number): boolean {
    const root = rootOf(name);
    let made: Expr | null = null;
    this.eachOwn(owner, (node) => {
      if (node.kind !== 'Assign' || node.start >= at) return;
      if (!node.targets.some((t) => boundNames(t).includes(root))) return;
      const [target] = node.targets;
      const value = target?.kind === 'Name' && node.value !== null ? moved(node.value) : null;
      // `model = model.to(device)` is the one it was.
      if (value?.kind !== 'Name' || value.id !== root) made = value;
    });
    return made !== null && this.givesSo(made);
  }

  private givesSo(made: Expr): boolean {
    if (made.kind !== 'Call') return false;
    if (this.machine.foreignCalls.get(made)?.summary.evaluating === true) return true;
    const targets = this.machine.targets.get(made) ?? [];
    return targets.length > 0 && targets.every((info) => this.isHandedBack(info));
  }

  /** Whether a function puts a network into evaluation mode and hands it back, in each of its ways. */
  isHandedBack({ node }: FunctionInfo): boolean {
    const own = this.switches.filter((s) => s.owner === node);
    if (own.length === 0) return false;
    let [so, other] = [false, false];
    for (const statement of node.body.body)
      visitOwn(statement, (inner) => {
        if (inner.kind !== 'Return') return undefined;
        const name = inner.value === null ? undefined : dottedName(inner.value);
        const of = own.filter((s) => s.name === name);
        if (of.length > 0 && of.every((s) => s.evaluates)) so = true;
        else other = true;
        return undefined;
      });
    return so && !other;
  }

  /** A parameter that each caller passes in evaluation mode. */
  private passedSo(name: string, owner: FunctionDef, depth: number): boolean {
    const info = this.machine.scopes.functionOf.get(owner);
    const state = info === undefined ? undefined : this.machine.states.get(info);
    if (state === undefined || state.calls.size === 0 || state.escapes || state.incoming.length > 0)
      return false;
    const root = rootOf(name);
    return [...state.calls].every((call) => {
      const passed = passedAs(call, owner, root);
      const given = passed === undefined ? undefined : dottedName(passed);
      if (passed !== undefined && given === undefined) return this.givesSo(passed);
      if (given === undefined) return false;
      return this.holds(given + name.slice(root.length), this.around(call), call.start, depth + 1);
    });
  }

  /** A name of a function around, or of the module. */
  private fromOutside(name: string, owner: FunctionDef, depth: number): boolean {
    if (this.machine.scopes.names.get(owner)?.locals.has(rootOf(name)) === true) return false;
    const outer = this.around(owner);
    // When the function runs, all of what stands around it has most often been done.
    const around = this.switches.filter((s) => s.owner === outer && covers(s, name));
    if (around.length > 0) return around.every((s) => s.evaluates);
    return this.holds(name, outer, Number.POSITIVE_INFINITY, depth + 1);
  }

  private eachOwn(owner: FunctionDef | undefined, look: (node: Node) => void): void {
    for (const statement of (owner ?? this.machine.module).body.body)
      visitOwn(statement, (node) => {
        look(node);
        return undefined;
      });
  }

  private around(node: Node): FunctionDef | undefined {
    for (let up = this.parents.get(node); up !== undefined; up = this.parents.get(up))
      if (up.kind === 'Function') return up;
    return undefined;
  }

  private get switches(): readonly Switch[] {
    this.known ??= this.findSwitches();
    return this.known;
  }

  /** `model.eval()`, and `model = Net().cuda().eval()`. */
  private findSwitches(): Switch[] {
    const out: Switch[] = [];
    for (const call of syntaxOf(this.machine.module).all('Call')) {
      if (call.callee.kind !== 'Attribute') continue;
      const evaluates = modeOf(call);
      if (evaluates === undefined) continue;
      const add = (name: string | undefined, node: Node): void => {
        if (name !== undefined) out.push({ name, owner: this.around(node), at: node.start, call, evaluates });
      };
      add(networkPath(call.callee.object), call);
      const up = this.parents.get(call);
      const target = up?.kind === 'Assign' && up.value === call ? up.targets[0] : undefined;
      if (target !== undefined) add(dottedName(target), call);
    }
    return out;
  }
}

export function rootOf(name: string): string {
  return name.split(/[.[]/, 1)[0] ?? name;
}

/** `net` of `net.half().to(device)`. */
function moved(value: Expr): Expr {
  let at = value;
  while (at.kind === 'Call' && at.callee.kind === 'Attribute' && moves.test(at.callee.name))
    at = at.callee.object;
  return at;
}

/** `self.nets[]` of `self.nets[key]`: what is said of one item is said of all. */
export function networkPath(expr: Expr): string | undefined {
  if (expr.kind === 'Attribute') {
    const object = networkPath(expr.object);
    return object === undefined ? undefined : `${object}.${expr.name}`;
  }
  if (expr.kind !== 'Subscript') return dottedName(expr);
  const object = networkPath(expr.object);
  return object === undefined ? undefined : `${object}[]`;
}

/** A module takes its parts along. */
function covers({ name: of }: Switch, name: string): boolean {
  return name === of || name.startsWith(`${of}.`) || name.startsWith(`${of}[`);
}

/** Whether a call puts a network into evaluation mode, or into the other. */
function modeOf(call: Call): boolean | undefined {
  if (call.callee.kind !== 'Attribute') return undefined;
  const [first] = [...call.args, ...call.keywords.map((k) => k.value)];
  if (call.callee.name === 'eval') return first === undefined ? true : undefined;
  if (call.callee.name !== 'train') return undefined;
  return first?.kind === 'Literal' && first.value === false;
}

/** What a call passes for a parameter by its name or place. */
export function passedAs(call: Call, fn: FunctionDef, name: string): Expr | undefined {
  const keyword = call.keywords.find((k) => k.name === name);
  if (keyword !== undefined) return keyword.value;
  const bound = fn.parameters[0]?.name === 'self' && call.callee.kind === 'Attribute' ? 1 : 0;
  const place = fn.parameters.findIndex((p) => p.name === name) - bound;
  return place < 0 ? undefined : call.args[place];
}
