/** Runs statements over an environment: ways part at branches and loops and meet again behind them. */

import { bind, iterate } from './binding.ts';
import { type Environment, joinAll } from './environment.ts';
import { mergedDict } from './evaluate.ts';
import type { Interpreter } from './interpreter.ts';
import { canonicalName } from './knowledge/names.ts';
import type { Block, ClassDef, Expr, For, FunctionDef, Stmt, While } from './nodes.ts';
import { streamOf, Yields } from './streams.ts';
import type { BackEdges } from './turn.ts';
import {
  type ClassInfo,
  Device,
  elementOf,
  join,
  library,
  none,
  number,
  unknown,
  type Value,
  value,
} from './values.ts';
import { dottedName } from './walk.ts';

export class Flow {
  /** What the function run so far returns. */
  returned: Value | undefined;
  yields = new Yields();
  /** Whether a loop has run. */
  looped = false;
  /** Whether a loop carried something else back than the time before. */
  carried = false;
  private readonly machine: Interpreter;
  /** What the loops carry back: from the turn before, then from this one. */
  backEdges: BackEdges = new Map();
  private loops: { exits: Environment[]; repeats: Environment[] }[] = [];

  constructor(machine: Interpreter) {
    this.machine = machine;
  }

  /** Before a function or the module runs. */
  enter(backEdges: BackEdges): void {
    this.backEdges = backEdges;
    this.loops = [];
    this.looped = false;
    this.carried = false;
    this.returned = undefined;
    this.yields = new Yields();
  }

  /** Runs a block; false when no way leads out at its end. */
  block(block: Block, env: Environment): boolean {
    for (const statement of block.body) if (!this.statement(statement, env)) return false;
    return true;
  }

  private statement(node: Stmt, env: Environment): boolean {
    const { machine } = this;
    switch (node.kind) {
      case 'Expr':
        movedInPlace(node.value, machine.evaluate(node.value, env), machine, env);
        return true;
      case 'Assign': {
        if (node.value === null) return true;
        const v = machine.evaluate(node.value, env);
        for (const target of node.targets) bind(machine, target, v, env);
        return true;
      }
      case 'AugAssign': {
        const before = machine.evaluate(node.target, env);
        const added = machine.evaluate(node.value, env);
        bind(
          machine,
          node.target,
          node.operator === '|=' && before.kind === 'dict'
            ? mergedDict(before, added)
            : accumulate(before, added),
          env,
        );
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
          const v = machine.evaluate(item.context, env);
          if (item.target !== null) bind(machine, item.target, v, env);
        }
        return this.block(node.body, env);
      case 'Try': {
        const before = env.copy();
        let falls = this.block(node.body, env);
        if (falls && node.orelse !== null) falls = this.block(node.orelse, env);
        before.joinWith(env);
        for (const handler of node.handlers) {
          const inside = before.copy();
          if (handler.type !== null) machine.evaluate(handler.type, inside);
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
        machine.evaluate(node.subject, env);
        const before = env.copy();
        for (const c of node.cases) {
          const inside = before.copy();
          for (const name of c.names) inside.set(name, unknown);
          if (c.guard !== null) machine.evaluate(c.guard, inside);
          if (this.block(c.body, inside)) env.joinWith(inside);
        }
        return true;
      }
      case 'Function':
        for (const d of node.decorators) machine.evaluate(d, env);
        this.defineFunction(node, env);
        return true;
      case 'Class':
        this.defineClass(node, env);
        return true;
      case 'Return': {
        const v = node.value === null ? none : machine.evaluate(node.value, env);
        this.returned = join(this.returned, v);
        machine.escape(v);
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
        for (const n of node.names) {
          if (n.name === '*') {
            machine.stars.take(node, env);
            continue;
          }
          // `from . import x` names `.x`, whatever the number of dots.
          const dots = /^\.+$/.test(node.module);
          const type = canonicalName(dots ? node.module + n.name : `${node.module}.${n.name}`);
          env.set(n.alias ?? n.name, machine.linker?.lookup(type) ?? library(type));
        }
        return true;
      case 'Raise':
        for (const v of node.values) machine.evaluate(v, env);
        return false;
      case 'Assert':
      case 'Delete':
        for (const v of node.values) machine.evaluate(v, env);
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
    const { machine } = this;
    const ends: Environment[] = [];
    for (const branch of branches) {
      const test = machine.evaluate(branch.test, env);
      // `if False:` and `if TYPE_CHECKING:` hold imports and notes, not the program.
      const dead = test.constant === false && !test.overridable;
      const inside = env.copy();
      if (this.block(branch.body, inside) && !dead) ends.push(inside);
    }
    const rest = env.copy();
    if (orelse === null || this.block(orelse, rest)) ends.push(rest);
    const end = joinAll(ends);
    if (end === undefined) return false;
    env.replaceWith(end);
    return true;
  }

  private loop(node: For | While, env: Environment): void {
    this.looped = true;
    const { machine } = this;
    const back = this.backEdges.get(node);
    const skipped = env.copy();
    if (back !== undefined) env.joinWith(back);
    if (node.kind === 'For') {
      const iterable = streamOf(machine, machine.evaluate(node.iterable, env));
      machine.values.set(node.iterable, iterable);
      bind(machine, node.target, iterate(iterable), env);
      this.yields.enterLoop(iterable);
    } else machine.evaluate(node.test, env);
    const frame = { exits: [] as Environment[], repeats: [] as Environment[] };
    this.loops.push(frame);
    const falls = this.block(node.body, env);
    this.loops.pop();
    if (node.kind === 'For') this.yields.leaveLoop();
    const ends = falls ? [env.copy(), ...frame.repeats] : frame.repeats;
    const end = joinAll(ends);
    if (end !== undefined) {
      this.carryBack(node, end.changesSince(skipped));
      env.replaceWith(end);
      env.joinWith(skipped);
    } else env.replaceWith(skipped);
    if (node.orelse !== null) this.block(node.orelse, env);
    const exit = joinAll(frame.exits);
    if (exit !== undefined) env.joinWith(exit);
  }

  private carryBack(node: For | While, end: Environment): void {
    if (this.backEdges.get(node)?.saysSameAs(end) === true) return;
    this.backEdges.set(node, end);
    this.carried = true;
  }

  private defineFunction(node: FunctionDef, env: Environment): void {
    const { machine } = this;
    const info = machine.scopes.functionOf.get(node);
    if (info === undefined) return;
    const state = machine.states.get(info);
    // A decorator of the file or of a registry may hand the function to somebody we do not see.
    if (
      state !== undefined &&
      node.decorators.some((d) => !harmlessDecorator(dottedName(d.kind === 'Call' ? d.callee : d)))
    )
      state.escapes = true;
    env.set(node.name, value('function', { functions: [info] }));
  }

  private defineClass(node: ClassDef, env: Environment): void {
    const { machine } = this;
    const info = machine.scopes.classOf.get(node);
    if (info === undefined) return;
    const bases: ClassInfo[] = [];
    const libraryBases: string[] = [];
    let closed = true;
    for (const base of node.bases) {
      const v = machine.evaluate(base, env);
      if (v.kind === 'class' && v.classInfo !== undefined) bases.push(v.classInfo);
      else if (v.kind === 'library') libraryBases.push(v.type);
      else if (v.type !== 'builtins.object') closed = false;
    }
    for (const k of node.keywords) machine.evaluate(k.value, env);
    for (const d of node.decorators) machine.evaluate(d, env);
    machine.classes.inherit(
      info,
      bases.filter((b) => b !== info),
      libraryBases,
      closed,
    );
    const inside = env.copy();
    this.block(node.body, inside);
    for (const statement of node.body.body)
      if (
        statement.kind === 'Assign' &&
        statement.annotation !== null &&
        statement.targets[0]?.kind === 'Name'
      ) {
        const { id } = statement.targets[0];
        machine.classes.setField(info, id, statement.value === null ? undefined : inside.get(id));
      }
    for (const [name, v] of inside.changesAgainst(env))
      if (v.kind !== 'function') machine.classes.setAttribute(info, name, v);
    env.set(node.name, value('class', { classInfo: info }));
  }
}

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

/** Decorators that neither keep nor call the function elsewhere. */
function harmlessDecorator(name: string | undefined): boolean {
  if (name === undefined) return false;
  return /(^|\.)(no_grad|inference_mode|enable_grad|staticmethod|classmethod|property|cached_property|lru_cache|cache|wraps|dataclass|abstractmethod|override|torch_script_\w+|autocast|record|compile|jit|script|main|command|contextmanager|timer|timeit)$/.test(
    name,
  );
}

/** `batch.to(device)` whose result nobody takes: an object of its own kind, which moves what it holds. */
function movedInPlace(expr: Expr, moved: Value, machine: Interpreter, env: Environment): void {
  if (expr.kind !== 'Call' || expr.callee.kind !== 'Attribute') return;
  const { name, object } = expr.callee;
  if (object.kind !== 'Name' || !/^(to|to_device|cuda)$/.test(name)) return;
  const before = machine.values.get(object);
  if (before?.kind === 'unknown' && before.device === Device.none && moved.device !== Device.none)
    env.set(object.id, moved);
}
