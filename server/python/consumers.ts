/** Where a value goes: only to records such as logs and sums, or into something that needs it now. */

import { type Guard, guardOf, otherwise, stronger } from './guards.ts';
import {
  addsInPlace,
  passing,
  passingMethod,
  sinkFunction,
  sinkMethod,
  sinkName,
} from './knowledge/sinks.ts';
import { namesWithin } from './namesWithin.ts';
import type { Call, Expr, FunctionDef, Node } from './nodes.ts';
import type { Program } from './program.ts';
import type { StepRegion } from './regions.ts';
import { onCuda } from './values.ts';
import { boundNames, dottedName, visit } from './walk.ts';

export type Sink = 'print' | 'log' | 'sum' | 'collect' | 'progress' | 'returned' | 'stored';

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
    const callee = call.callee;
    const name = this.calleeName(call);
    const fns = this.program.machine.targets.get(call) ?? [];
    if (name !== undefined && passing.test(name)) return this.follow(call, depth + 1);
    if (name !== undefined && sinkFunction.test(name)) {
      this.sinks.add(/print$/.test(name) ? 'print' : 'log');
      return undefined;
    }
    if (callee.kind === 'Attribute' && callee.name === 'format') return this.follow(call, depth + 1);
    const fn = fns[0];
    if (fn !== undefined && fns.length === 1) return this.parameter(node, call, fn.node, depth);
    if (this.recordedElsewhere(node, call)) {
      this.sinks.add('log');
      return undefined;
    }
    if (callee.kind === 'Attribute') {
      const object = this.program.valueOf(callee.object);
      if (addsInPlace.test(callee.name) && call.args[0] === node && this.isTotal(callee.object)) {
        this.sinks.add('sum');
        return undefined;
      }
      if (!sinkMethod.test(callee.name)) return this.block(`passed to ${callee.name}()`);
      if (/^(set_postfix|set_description)/.test(callee.name)) this.sinks.add('progress');
      else if (/^(append|extend|add)$/.test(callee.name)) {
        this.sinks.add('collect');
        // What is collected may be looked at on every step.
        if (callee.object.kind === 'Name') this.variable(callee.object.id, call, depth);
      } else if (callee.name === 'update' && object.kind === 'dict') {
        if (callee.object.kind === 'Name') this.variable(callee.object.id, call, depth);
      } else this.sinks.add('log');
      return undefined;
    }
    if (callee.kind === 'Name' && sinkName.test(callee.id)) {
      this.sinks.add('log');
      return undefined;
    }
    this.block(`passed to ${dottedName(callee) ?? 'a call'}()`);
  }

  /** A tensor on the device to which numbers are added up; what a parameter is given decides how training goes on. */
  private isTotal(object: Expr): boolean {
    const v = this.program.valueOf(object);
    if (v.kind !== 'tensor' || onCuda(v) !== 'yes') return false;
    if (/(^|\.)(data|grad|weight|bias)\b|param/.test(this.program.textOf(object))) return false;
    for (let up = this.program.parents.get(object); up !== undefined; up = this.program.parents.get(up))
      if (up.kind === 'For' && /param|buffers\(|state_dict/.test(this.program.textOf(up.iterable)))
        return false;
    return true;
  }

  /** Passed to a function of another file that only records this parameter. */
  private recordedElsewhere(node: Expr, call: Call): boolean {
    const summary = this.program.machine.foreignCalls.get(call)?.summary;
    if (summary === undefined) return false;
    const keyword = call.keywords.find((k) => k.value === node);
    const plain = summary.parameters.filter((p) => p.form === 'plain');
    const index = call.args.indexOf(node) + (summary.method ? 1 : 0);
    const name = keyword !== undefined ? keyword.name : plain[index]?.name;
    return name !== null && name !== undefined && summary.recorded.includes(name);
  }

  private calleeName(call: Call): string | undefined {
    const v = this.program.valueOf(call.callee);
    if (v.kind === 'library') return v.type;
    return undefined;
  }

  /** The value goes on as a parameter of a function of this file. */
  private parameter(node: Expr, call: Call, fn: FunctionDef, depth: number): undefined {
    const keyword = call.keywords.find((k) => k.value === node);
    const plain = fn.parameters.filter((p) => p.form === 'plain');
    const bound = plain[0]?.name === 'self' || plain[0]?.name === 'cls' ? 1 : 0;
    const index = call.args.indexOf(node);
    const name = keyword !== undefined ? keyword.name : index >= 0 ? plain[index + bound]?.name : undefined;
    if (keyword?.name === null || name === null || name === undefined) {
      if (sinkName.test(fn.name) || sinkMethod.test(fn.name)) {
        this.sinks.add('log');
        return undefined;
      }
      return this.block(`passed to ${fn.name}()`);
    }
    if (sinkName.test(fn.name)) {
      this.sinks.add('log');
      return undefined;
    }
    if (!fn.parameters.some((p) => p.name === name)) {
      // Collected by `**kwargs`: a meter's update, a logger's log.
      if (sinkMethod.test(fn.name)) this.sinks.add('log');
      else this.block(`passed to ${fn.name}()`);
      return undefined;
    }
    this.uses(name, fn, (use) => this.follow(use, depth + 1));
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
      return this.stored(target, depth);
    }
    this.block('stored where we do not see');
  }

  /** Reads of `self.x` in the functions of the region, by its full path. */
  private stored(target: Extract<Expr, { kind: 'Attribute' }>, depth: number): undefined {
    const path = dottedName(target);
    if (path === undefined) return;
    const look = (node: Node): boolean | undefined => {
      if (node.kind === 'Attribute' && dottedName(node) === path && !this.isTarget(node)) {
        if (this.guardAt(node) !== 'cadence') this.follow(node, depth + 1);
        return false;
      }
      return undefined;
    };
    for (const root of this.roots()) visit(root, look);
  }

  private variable(id: string, statement: Node, depth: number): undefined {
    const fn = this.program.functionOf(statement);
    this.uses(id, fn, (use) => {
      const before = use.start < statement.start;
      // The same name may hold the tensor before it holds the number.
      if (before && this.program.valueOf(use).kind === 'tensor') return;
      if (this.insideStatement(use, statement)) return;
      this.follow(use, depth + 1);
    });
  }

  /** Reads of a name inside the region that run on every step. */
  private uses(id: string, fn: FunctionDef | undefined, each: (use: Expr) => void): undefined {
    const scope: readonly Node[] = fn === undefined ? this.program.module.body.body : [fn];
    const root = this.region.root;
    const whole = fn !== undefined && fn !== this.region.owner;
    for (const s of scope)
      for (const node of namesWithin(s, id)) {
        if (this.needed !== undefined) return;
        if (this.isTarget(node) || this.isParameterBelow(node, fn)) continue;
        const inside = whole || (node.start >= root.start && node.end <= root.end);
        if (inside && this.guardAt(node) !== 'cadence') each(node);
      }
  }

  /** Whether a function inside `fn` has a parameter of that name. */
  private isParameterBelow(name: Extract<Expr, { kind: 'Name' }>, fn: FunctionDef | undefined): boolean {
    const { parents } = this.program;
    for (let at = parents.get(name); at !== undefined && at !== fn; at = parents.get(at))
      if (at.kind === 'Function' && at.parameters.some((p) => p.name === name.id)) return true;
    return false;
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
      if (!this.inRegion(call)) continue;
      this.follow(call, depth + 1, position);
    }
  }

  /** Lexically in the root loop, or in a function that the region calls. */
  private inRegion(node: Node): boolean {
    const root = this.region.root;
    if (node.start >= root.start && node.end <= root.end) return true;
    const fn = this.program.functionOf(node);
    const info = fn === undefined ? undefined : this.program.infoOf(fn);
    return info !== undefined && this.region.functions.has(info);
  }

  private roots(): Node[] {
    return [this.region.root, ...[...this.region.functions].map((f) => f.node)];
  }

  private insideStatement(use: Node, statement: Node): boolean {
    return (
      statement.kind === 'AugAssign' && use.start >= statement.target.start && use.end <= statement.target.end
    );
  }

  private isTarget(node: Node): boolean {
    const parent = this.program.parents.get(node);
    if (parent === undefined) return false;
    if (parent.kind === 'Assign') return parent.targets.includes(node as Expr);
    if (parent.kind === 'AugAssign') return parent.target === node;
    if (parent.kind === 'For') return parent.target === node;
    if (parent.kind === 'Tuple') return this.isTarget(parent);
    // `metrics["loss"] = x` writes to the mapping.
    if (parent.kind === 'Subscript') return parent.object === node && this.isTarget(parent);
    if (parent.kind === 'Call' || parent.kind === 'Attribute') {
      // `losses.append(x)`: the list itself is written, not read.
      const call = parent.kind === 'Attribute' ? this.program.parents.get(parent) : undefined;
      return (
        parent.kind === 'Attribute' &&
        parent.object === node &&
        call?.kind === 'Call' &&
        call.callee === parent &&
        /^(append|extend|update|add)$/.test(parent.name)
      );
    }
    return false;
  }

  /** Guards between a node and the region's root, or the function it stands in. */
  private guardAt(node: Node): Guard {
    return guardAround(this.program, this.region, node);
  }
}

/** How often a node of the region runs, by the conditions around it in its own function. */
export function guardAround(program: Program, region: StepRegion, node: Node): Guard {
  const within = program.functionOf(node) ?? program.module;
  const root =
    within === region.owner || region.root.kind === 'Function' || within === program.module
      ? region.root
      : (within as Node);
  let guard: Guard = 'none';
  let below: Node = node;
  for (
    let up = program.parents.get(node);
    up !== undefined && up !== root;
    below = up, up = program.parents.get(up)
  ) {
    if (up.kind === 'If') {
      for (const branch of up.branches) {
        if (branch.test === below) break;
        const inside = branch.body.body.includes(below as never);
        const ask = inside ? guardOf : otherwise;
        guard = stronger(guard, ask(branch.test, { text: program.text, root, within }));
        if (inside) break;
      }
    } else if (up.kind === 'Conditional' && up.test !== below) {
      const ask = up.body === below ? guardOf : otherwise;
      guard = stronger(guard, ask(up.test, { text: program.text, root, within }));
    } else if (up.kind === 'Try' && up.handlers.some((h) => h.body.body.includes(below as never)))
      guard = 'cadence';
    else if (up.kind === 'Function') break;
  }
  return guard;
}
