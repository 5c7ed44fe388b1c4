/** Walks what a step reaches, in the order of execution: its block, and the functions and methods that it calls. */

import {
  type Guard,
  type GuardScope,
  guardOf,
  otherwise,
  plainCadence,
  saysSeldom,
  stronger,
} from './guards.ts';
import type { Interpreter } from './interpreter.ts';
import type { Block, Call, Expr, FunctionDef, Module, Node, Stmt } from './nodes.ts';
import { propertyOf } from './properties.ts';
import type { FunctionInfo } from './values.ts';
import { childrenOf } from './walk.ts';

/** A place that the region reaches, in the order of execution. */
export interface Visit {
  readonly node: Node;
  readonly guard: Guard;
  /** A condition says that it runs seldom: of the others behind the guard `cadence` nobody can tell. */
  readonly seldom: boolean;
  /** The function it stands in; undefined at module level. */
  readonly within: FunctionDef | undefined;
  /** Inside another loop or comprehension of the region. */
  readonly inner: boolean;
  /** How the region came into the function; undefined in its own. */
  readonly via: Entry | undefined;
}

/** The call by which a region enters a function, and how it came to that call. */
export interface Entry {
  readonly call: Call;
  readonly via: Entry | undefined;
}

const maxVisits = 20_000;
const maxDepth = 8;

export class RegionWalker {
  readonly visits: Visit[] = [];
  readonly functions = new Set<FunctionInfo>();
  /** The walk has ended before all that the region reaches was seen. */
  cut = false;
  private readonly machine: Interpreter;
  private readonly root: Node;
  private readonly roots: ReadonlySet<Node>;
  private readonly entered = new Map<FunctionInfo, { readonly guard: Guard; readonly seldom: boolean }>();
  private within: FunctionDef | undefined;
  /** What is assigned to, not read. */
  private readonly stored = new Set<Expr>();
  private depth = 0;
  private seldom = false;
  private via: Entry | undefined;

  constructor(machine: Interpreter, root: Node, roots: ReadonlySet<Node>, within: FunctionDef | undefined) {
    this.machine = machine;
    this.root = root;
    this.roots = roots;
    this.within = within;
  }

  /** Before the block of a function is walked. */
  begin(info: FunctionInfo, guard: Guard): void {
    this.entered.set(info, { guard, seldom: false });
  }

  private scope(): GuardScope {
    const within: FunctionDef | Module = this.within ?? this.machine.module;
    // In a function that the step calls, all of it is inside the step.
    const root = this.depth > 0 && this.within !== undefined ? this.within : this.root;
    return { text: this.machine.module.text, root, within };
  }

  block(block: Block, guard: Guard, inner: boolean): void {
    let current = guard;
    const outer = this.seldom;
    for (const statement of block.body) {
      this.statement(statement, current, inner);
      if (statement.kind !== 'If' || statement.orelse !== null) continue;
      for (const branch of statement.branches)
        if (leaves(branch.body) && plainCadence(branch.test, this.scope())) {
          current = 'cadence';
          this.seldom = true;
        }
    }
    this.seldom = outer;
  }

  private statement(node: Stmt, guard: Guard, inner: boolean): void {
    if (this.isFull()) return;
    if (node.kind === 'Assign')
      for (const target of node.targets) if (this.isQuietStore(target, node.value)) this.stored.add(target);
    switch (node.kind) {
      case 'Function':
      case 'Class':
        return;
      case 'If': {
        this.note(node, guard, inner);
        let rest = guard;
        for (const branch of node.branches) {
          this.expression(branch.test, guard, inner);
          const own = guardOf(branch.test, this.scope());
          this.underCondition(saysSeldom(branch.test, this.scope()) || this.ends(branch.body), () =>
            this.block(branch.body, stronger(rest, own), inner),
          );
          rest = stronger(rest, otherwise(branch.test, this.scope()));
        }
        if (node.orelse !== null) this.block(node.orelse, rest, inner);
        return;
      }
      case 'For':
      case 'While':
        this.expression(node.kind === 'For' ? node.iterable : node.test, guard, inner);
        if (this.roots.has(node)) {
          // A step of its own, such as an attack that goes backward: what it does is not looked at here.
          if (!this.seldom) this.cut = true;
          return;
        }
        this.note(node, guard, inner);
        this.block(node.body, guard, true);
        if (node.orelse !== null) this.block(node.orelse, guard, inner);
        return;
      case 'Try':
        this.block(node.body, guard, inner);
        for (const handler of node.handlers)
          this.underCondition(true, () => this.block(handler.body, 'cadence', inner));
        if (node.orelse !== null) this.block(node.orelse, guard, inner);
        if (node.finalizer !== null) this.block(node.finalizer, guard, inner);
        return;
      case 'With':
        for (const item of node.items) this.expression(item.context, guard, inner);
        this.block(node.body, guard, inner);
        return;
      case 'Match':
        this.expression(node.subject, guard, inner);
        for (const c of node.cases) this.block(c.body, stronger(guard, 'flag'), inner);
        return;
      case 'Broken':
        this.block(node.body, guard, inner);
        return;
      default:
        for (const child of childrenOf(node)) this.expression(child as Expr, guard, inner);
        if (node.kind === 'Assert') this.note(node, guard, inner);
    }
  }

  private expression(node: Expr, guard: Guard, inner: boolean): void {
    if (node.kind === 'Lambda' || this.isFull()) return;
    if (node.kind === 'Conditional') {
      this.expression(node.test, guard, inner);
      this.note(node, guard, inner);
      const own = stronger(guard, guardOf(node.test, this.scope()));
      this.underCondition(saysSeldom(node.test, this.scope()), () => this.expression(node.body, own, inner));
      this.expression(node.orelse, stronger(guard, otherwise(node.test, this.scope())), inner);
      return;
    }
    const nested = inner || node.kind === 'Comprehension';
    for (const child of childrenOf(node)) this.expression(child as Expr, guard, nested);
    if (!this.mayWait(node)) return;
    this.note(node, guard, inner);
    if (node.kind === 'Call') this.follow(node, guard, inner);
  }

  /** `x[mask] = 0` fills without asking how many there are; to put tensors there, the host has to know. */
  private isQuietStore(target: Expr, given: Expr | null): boolean {
    if (target.kind !== 'Subscript' || this.machine.values.get(target.object)?.kind !== 'tensor') return true;
    const v = given === null ? undefined : this.machine.values.get(given);
    return v?.kind === 'number' || v?.scalar === 'yes';
  }

  private note(node: Node, guard: Guard, inner: boolean): void {
    const { within, via, seldom } = this;
    this.visits.push({ node, guard, seldom, within, inner, via });
  }

  /** Whether a block ends in an error or leaves the loop: in most turns it was not entered. */
  private ends(block: Block): boolean {
    const last = block.body[block.body.length - 1]?.kind;
    if (last === 'Return') return this.depth === 0 && this.root.kind !== 'Function';
    return last === 'Raise' || last === 'Break';
  }

  private isFull(): boolean {
    const full = this.visits.length > maxVisits;
    this.cut ||= full;
    return full;
  }

  private underCondition(seldom: boolean, walk: () => void): void {
    const outer = this.seldom;
    this.seldom ||= seldom;
    walk();
    this.seldom = outer;
  }

  /** Places where the host may look at a value. */
  private mayWait(node: Expr): boolean {
    switch (node.kind) {
      case 'Call':
      case 'Formatted':
        return true;
      case 'Binary':
        return node.operator === '%' && (node.left.kind === 'String' || node.left.kind === 'Formatted');
      case 'Attribute':
        return !this.stored.has(node) && propertyOf(this.machine, node) !== undefined;
      case 'Comprehension':
        return node.clauses.some((clause) => clause.conditions.length > 0);
      case 'Subscript':
        return !this.stored.has(node) && (isData(node.object) || !node.indices.every(isPlainIndex));
      default:
        return false;
    }
  }

  private follow(call: Call, guard: Guard, inner: boolean): void {
    for (const info of this.machine.targets.get(call) ?? []) {
      const before = this.entered.get(info);
      const rarer = before?.seldom === true && !this.seldom;
      if (before !== undefined && !rarer && stronger(before.guard, guard) === guard) continue;
      if (this.depth > maxDepth) {
        this.cut = true;
        return;
      }
      this.entered.set(info, { guard, seldom: this.seldom });
      this.functions.add(info);
      const [outer, via] = [this.within, this.via];
      this.within = info.node;
      this.via = { call, via };
      this.depth++;
      this.block(info.node.body, guard, inner);
      this.depth--;
      this.within = outer;
      this.via = via;
    }
  }
}

/** Whether a block always leaves the turn: what follows runs only when it was not entered. */
function leaves(block: Block): boolean {
  const last = block.body[block.body.length - 1];
  return last?.kind === 'Continue' || last?.kind === 'Return';
}

/** `loss.data`, of which `[0]` was the number. */
const isData = (object: Expr): boolean => object.kind === 'Attribute' && object.name === 'data';

/** A number, a key or all of them, as it is written. */
function isPlainIndex(index: Expr): boolean {
  if (index.kind === 'Slice') return index.parts.every(isPlainIndex);
  if (index.kind === 'Unary') return isPlainIndex(index.operand);
  return index.kind === 'Number' || index.kind === 'String' || index.kind === 'Literal';
}
