/** Walks what a step reaches, in the order of execution: its block, and the functions and methods that it calls. */

import { type Guard, type GuardScope, guardOf, otherwise, plainCadence, stronger } from './guards.ts';
import type { Interpreter } from './interpreter.ts';
import type { Block, Call, Expr, FunctionDef, Module, Node, Stmt } from './nodes.ts';
import type { FunctionInfo } from './values.ts';
import { childrenOf } from './walk.ts';

/** A place that the region reaches, in the order of execution. */
export interface Visit {
  readonly node: Node;
  readonly guard: Guard;
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

export class RegionWalker {
  readonly visits: Visit[] = [];
  readonly functions = new Set<FunctionInfo>();
  private readonly machine: Interpreter;
  private readonly root: Node;
  private readonly roots: ReadonlySet<Node>;
  private readonly entered = new Map<FunctionInfo, Guard>();
  private within: FunctionDef | undefined;
  /** What is assigned to, not read. */
  private readonly stored = new Set<Expr>();
  private depth = 0;
  private via: Entry | undefined;

  constructor(machine: Interpreter, root: Node, roots: ReadonlySet<Node>, within: FunctionDef | undefined) {
    this.machine = machine;
    this.root = root;
    this.roots = roots;
    this.within = within;
  }

  /** Before the block of a function is walked. */
  begin(info: FunctionInfo, guard: Guard): void {
    this.entered.set(info, guard);
  }

  private scope(): GuardScope {
    const within: FunctionDef | Module = this.within ?? this.machine.module;
    // In a function that the step calls, all of it is inside the step.
    const root = this.depth > 0 && this.within !== undefined ? this.within : this.root;
    return { text: this.machine.module.text, root, within };
  }

  block(block: Block, guard: Guard, inner: boolean): void {
    let current = guard;
    for (const statement of block.body) {
      this.statement(statement, current, inner);
      if (statement.kind !== 'If' || statement.orelse !== null) continue;
      for (const branch of statement.branches)
        if (leaves(branch.body) && plainCadence(branch.test, this.scope())) current = 'cadence';
    }
  }

  private statement(node: Stmt, guard: Guard, inner: boolean): void {
    if (this.visits.length > maxVisits) return;
    if (node.kind === 'Assign')
      for (const target of node.targets) if (this.isQuietStore(target, node.value)) this.stored.add(target);
    switch (node.kind) {
      case 'Function':
      case 'Class':
        return;
      case 'If': {
        this.visits.push({ node, guard, within: this.within, inner, via: this.via });
        let rest = guard;
        for (const branch of node.branches) {
          this.expression(branch.test, guard, inner);
          const own = guardOf(branch.test, this.scope());
          this.block(branch.body, stronger(rest, own), inner);
          rest = stronger(rest, otherwise(branch.test, this.scope()));
        }
        if (node.orelse !== null) this.block(node.orelse, rest, inner);
        return;
      }
      case 'For':
      case 'While':
        this.expression(node.kind === 'For' ? node.iterable : node.test, guard, inner);
        if (this.roots.has(node)) return;
        this.visits.push({ node, guard, within: this.within, inner, via: this.via });
        this.block(node.body, guard, true);
        if (node.orelse !== null) this.block(node.orelse, guard, inner);
        return;
      case 'Try':
        this.block(node.body, guard, inner);
        for (const handler of node.handlers) this.block(handler.body, 'cadence', inner);
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
        if (node.kind === 'Assert')
          this.visits.push({ node, guard, within: this.within, inner, via: this.via });
    }
  }

  private expression(node: Expr, guard: Guard, inner: boolean): void {
    if (this.visits.length > maxVisits || node.kind === 'Lambda') return;
    if (node.kind === 'Conditional') {
      this.expression(node.test, guard, inner);
      this.visits.push({ node, guard, within: this.within, inner, via: this.via });
      const own = stronger(guard, guardOf(node.test, this.scope()));
      this.expression(node.body, own, inner);
      this.expression(node.orelse, stronger(guard, otherwise(node.test, this.scope())), inner);
      return;
    }
    const nested = inner || node.kind === 'Comprehension';
    for (const child of childrenOf(node)) this.expression(child as Expr, guard, nested);
    if (!this.mayWait(node)) return;
    this.visits.push({ node, guard, within: this.within, inner, via: this.via });
    if (node.kind === 'Call') this.follow(node, guard, inner);
  }

  /** `x[mask] = 0` fills without asking how many there are; to put tensors there, the host has to know. */
  private isQuietStore(target: Expr, given: Expr | null): boolean {
    if (target.kind !== 'Subscript' || this.machine.values.get(target.object)?.kind !== 'tensor') return true;
    const v = given === null ? undefined : this.machine.values.get(given);
    return v?.kind === 'number' || v?.scalar === 'yes';
  }

  /** Places where the host may look at a value. */
  private mayWait(node: Expr): boolean {
    switch (node.kind) {
      case 'Call':
      case 'Formatted':
        return true;
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
      if (this.depth > 8) return;
      const before = this.entered.get(info);
      if (before !== undefined && stronger(before, guard) === guard) continue;
      this.entered.set(info, guard);
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
