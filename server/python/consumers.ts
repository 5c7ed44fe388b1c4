/** Where a value goes: only to records such as logs and sums, or into something that needs it now. */

import { passingMethod, type Sink } from './knowledge/sinks.ts';
import type { Call, Expr, FunctionDef, Node } from './nodes.ts';
import { passedOn } from './passedOn.ts';
import type { Program } from './program.ts';
import { attributeReads, inRegion, nameReads } from './regionReads.ts';
import type { StepRegion } from './regions.ts';
import { boundNames } from './walk.ts';

export interface Consumers {
  readonly sinks: ReadonlySet<Sink>;
  /** Somebody needs the value now, or we cannot tell: the text says who. */
  readonly needed: string | undefined;
}

const maxDepth = 14;

export class ConsumerFinder {
  private readonly program: Program;
  private readonly region: StepRegion;
  private readonly sinks = new Set<Sink>();
  private readonly seen = new Set<Node>();
  private needed: string | undefined;

  constructor(program: Program, region: StepRegion) {
    this.program = program;
    this.region = region;
  }

  /** Follows a value from the expression that yields it. */
  static of(program: Program, region: StepRegion, expr: Expr): Consumers {
    const finder = new ConsumerFinder(program, region);
    finder.follow(expr, 0);
    return { sinks: finder.sinks, needed: finder.needed };
  }

  /** Follows a parameter of the function that is the region. */
  static ofParameter(program: Program, region: StepRegion, name: string): Consumers {
    const finder = new ConsumerFinder(program, region);
    finder.uses(name, region.owner, (use) => finder.follow(use, 1));
    return { sinks: finder.sinks, needed: finder.needed };
  }

  private block(why: string): undefined {
    this.needed ??= why;
  }

  private follow(node: Expr, depth: number, position?: number): undefined {
    if (this.needed !== undefined || this.seen.has(node)) return;
    if (depth > maxDepth) return this.block('too far to follow');
    this.seen.add(node);
    const parent = this.program.parents.get(node);
    if (parent === undefined) return this.block('no statement');
    switch (parent.kind) {
      case 'Binary':
      case 'Unary':
      case 'Formatted':
      case 'Dict':
      case 'List':
      case 'Set':
      case 'Starred':
      case 'Await':
      case 'Compare':
        return this.follow(parent, depth + 1, parent.kind === 'Starred' ? undefined : position);
      case 'Tuple':
        return this.follow(parent, depth + 1, parent.items.indexOf(node));
      case 'Bool':
        return parent.left === node ? this.block('decides what runs next') : this.follow(parent, depth + 1);
      case 'Conditional':
        if (parent.test === node) return this.block('decides what runs next');
        return this.follow(parent, depth + 1);
      case 'Comprehension':
        if (parent.element === node) return this.follow(parent, depth + 1);
        for (const clause of parent.clauses)
          if (clause.iterable === node) return this.goneThrough(node, clause.target, parent, depth);
        return this.block('drives a comprehension');
      case 'For':
        if (parent.iterable === node) return this.goneThrough(node, parent.target, parent, depth);
        return this.block('drives a loop');
      case 'Walrus':
        this.variable(parent.target.id, parent, depth);
        return this.follow(parent, depth + 1);
      case 'Attribute':
        return this.attribute(node, parent, depth);
      case 'Subscript':
        if (parent.object === node) return this.follow(parent, depth + 1);
        return this.block('selects an element');
      case 'Call':
        return this.argument(node, parent, depth);
      case 'Expr':
        return this.block('result unused');
      case 'Assign':
        for (const target of parent.targets) this.assigned(target, parent, depth, position);
        return undefined;
      case 'AugAssign':
        if (
          parent.operator !== '+=' &&
          parent.operator !== '-=' &&
          parent.operator !== '*=' &&
          parent.operator !== '/='
        )
          return this.block('changes another value');
        this.sinks.add('sum');
        return this.assigned(parent.target, parent, depth, undefined);
      case 'Return':
        return this.returned(node, depth, position);
      case 'Yield':
        return this.block('handed to a caller we do not see');
      case 'If':
      case 'While':
      case 'Assert':
      case 'Raise':
        return this.block('decides what runs next');
      default:
        return this.block('used in a way we do not follow');
    }
  }

  /** `for name, value in metrics.items()`: what a mapping or list holds goes on under other names. */
  private goneThrough(node: Expr, target: Expr, statement: Node, depth: number): undefined {
    const method = node.kind === 'Call' && node.callee.kind === 'Attribute' ? node.callee.name : '';
    if (node.kind !== 'Name' && !/^(items|values)$/.test(method)) return this.block('drives a loop');
    // The keys are something else.
    if (node.kind === 'Name' && this.program.valueOf(node).kind === 'dict') return;
    const pair = method === 'items' && target.kind === 'Tuple' ? target.items[1] : undefined;
    for (const name of boundNames(pair ?? target)) this.variable(name, statement, depth);
  }

  private attribute(node: Expr, parent: Extract<Expr, { kind: 'Attribute' }>, depth: number): undefined {
    const call = this.program.parents.get(parent);
    if (call?.kind === 'Call' && call.callee === parent) {
      if (passingMethod.test(parent.name)) return this.follow(call, depth + 1);
      if (parent.name === 'append' || parent.name === 'update') return;
    }
    this.block(`read through .${parent.name} of ${node.kind}`);
  }

  private argument(node: Expr, call: Call, depth: number): undefined {
    const passed = passedOn(this.program, node, call);
    if (passed.as === 'result') return this.follow(call, depth + 1);
    if (passed.as === 'needed') return this.block(passed.why);
    if (passed.as === 'parameter')
      return this.uses(passed.name, passed.of, (use) => this.follow(use, depth + 1));
    if (passed.sink !== undefined) this.sinks.add(passed.sink);
    if (passed.into !== undefined) this.variable(passed.into, call, depth);
  }

  private assigned(target: Expr, statement: Node, depth: number, position: number | undefined): undefined {
    if (target.kind === 'Name') return this.variable(target.id, statement, depth);
    if (target.kind === 'Tuple' || target.kind === 'List') {
      const only = position === undefined ? undefined : target.items[position];
      if (only !== undefined) return this.assigned(only, statement, depth, undefined);
      for (const name of boundNames(target)) this.variable(name, statement, depth);
      return undefined;
    }
    if (target.kind === 'Subscript') {
      const root = target.object;
      this.sinks.add('stored');
      if (root.kind === 'Name') this.variable(root.id, statement, depth);
      return undefined;
    }
    if (target.kind === 'Attribute') {
      this.sinks.add('stored');
      for (const read of attributeReads(this.program, this.region, target)) this.follow(read, depth + 1);
      return undefined;
    }
    this.block('stored where we do not see');
  }

  private variable(id: string, statement: Node, depth: number): undefined {
    const fn = this.program.functionOf(statement);
    this.uses(id, fn, (use) => {
      const before = use.start < statement.start;
      // The same name may hold the tensor before it holds the number.
      if (before && this.program.valueOf(use).kind === 'tensor') return;
      if (insideTarget(use, statement)) return;
      this.follow(use, depth + 1);
    });
  }

  private uses(id: string, fn: FunctionDef | undefined, each: (use: Expr) => void): undefined {
    for (const use of nameReads(this.program, this.region, id, fn)) {
      if (this.needed !== undefined) return;
      each(use);
    }
  }

  private returned(node: Expr, depth: number, position: number | undefined): undefined {
    this.sinks.add('returned');
    const fn = this.program.functionOf(node);
    if (fn === undefined) return this.block('returned');
    if (fn === this.region.root) {
      // A framework gets it, and keeps or logs what it is given beside the loss.
      if (this.region.hook !== undefined) return undefined;
      if (this.region.part !== undefined) return this.block('returned to a caller we do not see');
      // A step of another file calls it: what becomes of the result is known there.
      if (this.region.calledFrom?.some((hot) => !hot.resultRecorded)) this.block('returned to another file');
      return undefined;
    }
    const calls = this.program.callsOf(fn);
    if (calls.length === 0) return this.block('returned to a caller we do not see');
    for (const call of calls) {
      if (inRegion(this.program, this.region, call)) this.follow(call, depth + 1, position);
    }
  }
}

function insideTarget(use: Node, statement: Node): boolean {
  return (
    statement.kind === 'AugAssign' && use.start >= statement.target.start && use.end <= statement.target.end
  );
}
