/** How often code behind a condition runs: on every step, on every step of some configurations, or only now and then. */

import { type Binding, bindingsOf } from './bindings.ts';
import { fillTest } from './emptiness.ts';
import type { Expr, FunctionDef, Module, Node } from './nodes.ts';
import { dottedName, visit } from './walk.ts';

/** `none`: every step; `flag`: every step when a setting says so; `cadence`: seldom, or we cannot tell. */
export type Guard = 'none' | 'flag' | 'cadence';

const order: Readonly<Record<Guard, number>> = { none: 0, flag: 1, cadence: 2 };

export function stronger(a: Guard, b: Guard): Guard {
  return order[a] >= order[b] ? a : b;
}

function weaker(a: Guard, b: Guard): Guard {
  return order[a] <= order[b] ? a : b;
}

const everyStep =
  /rank|is_(local_)?main_process|is_main|is_master|master_process|is_global_zero|sync_gradients|is_world_process_zero|is_local_process_zero/i;
const seldom =
  /debug|verbose|profil|should_|_interval|interval_|every|_freq|is_log|log_step|do_log|need_log|time_to|is_last|last_step|is_first|first_step|sanity|dry_run/i;
const accumulation = /accum|update_freq|iter_size|grad_acc|micro/i;
/** Whether there is a GPU: where there is none, nothing here matters, so for us it always holds. */
const hasGpu = /^(?:\w+\.)*(?:use_|has_|is_|on_|train_on_|to_)?(?:cuda|gpu)(?:_available)?$/i;

export interface GuardScope {
  readonly text: string;
  /** The loop or hook the question is about. */
  readonly root: Node;
  /** The function the condition stands in. */
  readonly within: FunctionDef | Module;
}

/** How often what follows `if test:` runs where the test fails. */
export function otherwise(test: Expr, scope: GuardScope): Guard {
  const filled = filledBy(test, scope);
  if (filled !== undefined) return filled === 'empty' ? 'none' : 'cadence';
  return firstTurnOnly(test, scope) ? 'none' : guardOf(test, scope);
}

/** `if first:` where the region says `first = False` and nothing else of it: the first turn of all. */
function firstTurnOnly(test: Expr, scope: GuardScope): boolean {
  const negated = test.kind === 'Unary' && test.operator === 'not';
  const name = negated ? test.operand : test;
  if (name.kind !== 'Name') return false;
  const definitions = bindingsOf(name.id, scope.within);
  const inside = definitions.filter((d) => isInside(d, scope.root));
  return (
    inside.length > 0 &&
    inside.length < definitions.length &&
    inside.every((d) => {
      const value = givenBy(d);
      return value?.kind === 'Literal' && value.value === negated;
    })
  );
}

const isInside = (node: Node, root: Node): boolean => node.start >= root.start && node.end <= root.end;

/** A name that says how often is believed first: `int(os.environ["RANK"]) == 0` counts nothing. */
function filledBy(test: Expr, scope: GuardScope): ReturnType<typeof fillTest> {
  const text = slice(test, scope);
  return everyStep.test(text) || seldom.test(text) ? undefined : fillTest(test, scope.within);
}

/** How often the body of `if test:` runs, seen from the region. */
export function guardOf(test: Expr, scope: GuardScope, depth = 0): Guard {
  const filled = filledBy(test, scope);
  if (filled !== undefined) return filled === 'filled' ? 'none' : 'cadence';
  if (firstTurnOnly(test, scope)) return 'cadence';
  switch (test.kind) {
    case 'Unary':
      // What an object does not have yet it is given now, and has from then on.
      if (test.operator === 'not' && asksOwnAttribute(test.operand)) return 'cadence';
      return test.operator === 'not' ? guardOf(test.operand, scope, depth) : 'cadence';
    case 'Bool': {
      const left = guardOf(test.left, scope, depth);
      const right = guardOf(test.right, scope, depth);
      return test.operator === 'and' ? stronger(left, right) : weaker(left, right);
    }
    case 'Literal':
    case 'Number':
    case 'String':
      return 'none';
    case 'Walrus':
      return guardOf(test.value, scope, depth);
    default:
  }
  if (hasModulo(test)) return accumulation.test(slice(test, scope)) ? 'flag' : 'cadence';
  const text = slice(test, scope);
  if (everyStep.test(text) || hasGpu.test(text)) return 'none';
  if (seldom.test(text)) return 'cadence';
  if (test.kind === 'Name') return nameGuard(test.id, scope, depth);
  if (test.kind === 'Attribute') return changesInRegion(dottedName(test), scope) ? 'cadence' : 'flag';
  if (test.kind === 'Call') return callGuard(test, scope);
  if (test.kind === 'Compare') return compareGuard(test, scope);
  return 'cadence';
}

/**
 * Whether a condition says itself that it seldom holds. Of others that are taken for seldom nobody can tell, and who wants
 * proof that something does not happen in a step has to ask there too.
 */
export function saysSeldom(test: Expr, scope: GuardScope, depth = 0): boolean {
  if (filledBy(test, scope) === 'empty' || firstTurnOnly(test, scope)) return true;
  switch (test.kind) {
    case 'Bool': {
      const sides = [test.left, test.right].map((side) => saysSeldom(side, scope, depth));
      return test.operator === 'and' ? sides.includes(true) : !sides.includes(false);
    }
    case 'Unary':
      // `not step % 50`
      if (test.operator === 'not' && asksOwnAttribute(test.operand)) return true;
      return test.operand.kind === 'Binary' && isCadence(test.operand, scope);
    case 'Compare':
      return comparesSeldom(test, scope);
    case 'Name': {
      if (seldom.test(test.id)) return true;
      const inside = bindingsOf(test.id, scope.within).filter((d) => isInside(d, scope.root));
      if (inside.length === 0 || depth > 3) return false;
      return inside.every((d) => {
        const given = givenBy(d);
        return given !== null && saysSeldom(given, scope, depth + 1);
      });
    }
    case 'Walrus':
      return saysSeldom(test.value, scope, depth);
    default:
      return !hasModulo(test) && seldom.test(slice(test, scope));
  }
}

const isCadence = (test: Expr, scope: GuardScope): boolean =>
  hasModulo(test) && !accumulation.test(slice(test, scope));

/** `step % 50 == 0`, `step == 0`, `step < 5`; not `step % 50 != 0` */
function comparesSeldom(test: Extract<Expr, { kind: 'Compare' }>, scope: GuardScope): boolean {
  const [operator] = test.operators;
  if (hasModulo(test)) return isCadence(test, scope) && operator !== '!=';
  if (seldom.test(slice(test, scope))) return operator !== '!=';
  const [counted, limit] = test.operands;
  if (counted === undefined || limit === undefined || !counts(counted, scope)) return false;
  return operator === '==' || (/^<=?$/.test(operator ?? '') && limit.kind === 'Number' && limit.value <= 20);
}

/** What a loop gives anew in each turn, or what is counted up; of an attribute its name has to say so. */
function counts(expr: Expr, scope: GuardScope): boolean {
  if (expr.kind === 'Attribute')
    return /(^|_)(step|steps|idx|iter|iteration|count|counter)$/i.test(expr.name);
  if (expr.kind !== 'Name' || !counterName.test(expr.id)) return false;
  return bindingsOf(expr.id, scope.within).some(({ kind }) => kind === 'For' || kind === 'AugAssign');
}

/** How a counter is called. */
const counterName =
  /^(i|j|n|k|it|ii|ind|index|iters|counter|cnt|(\w+_)?(step|steps|idx|iter|iteration|num|no|id|i|n|index|count))\d*$/i;

/** `hasattr(self, "anchors")` */
function asksOwnAttribute(test: Expr): boolean {
  return (
    test.kind === 'Call' &&
    dottedName(test.callee) === 'hasattr' &&
    test.args[0] !== undefined &&
    dottedName(test.args[0]) === 'self'
  );
}

function nameGuard(id: string, scope: GuardScope, depth: number): Guard {
  if (depth > 3) return 'cadence';
  const definitions = bindingsOf(id, scope.within);
  if (definitions.length === 0) return 'flag';
  // A parameter counts as a setting: whoever calls decides once.
  const inside = definitions.filter((d) => isInside(d, scope.root));
  // A test of a counter made once before an inner loop holds for all of its turns, but in few of the outer ones.
  if (inside.length === 0 && scope.root.kind !== 'Function')
    return definitions.some((d) => hasModulo(givenBy(d))) ? 'cadence' : 'flag';
  let result: Guard = 'none';
  for (const d of inside.length > 0 ? inside : definitions) {
    const value = givenBy(d);
    result = stronger(result, value === null ? 'cadence' : guardOf(value, scope, depth + 1));
  }
  return result;
}

function callGuard(test: Extract<Expr, { kind: 'Call' }>, scope: GuardScope): Guard {
  const name = dottedName(test.callee) ?? '';
  if (
    /(^|\.)(isinstance|hasattr|callable|is_available|is_initialized|is_tensor|len|get_world_size|getattr|bool)$/.test(
      name,
    )
  )
    return readsRegion(test, scope) && !/(^|\.)(isinstance|hasattr|is_tensor|callable)$/.test(name)
      ? 'cadence'
      : 'none';
  return 'cadence';
}

function compareGuard(test: Extract<Expr, { kind: 'Compare' }>, scope: GuardScope): Guard {
  if (test.operators.every((o) => /^(is|is not)$/.test(o)))
    // Whether something is there at all mostly holds; a switch is a setting, however it is asked.
    return test.operands.some((o) => o.kind === 'Literal' && typeof o.value === 'boolean') ? 'flag' : 'none';
  if (test.operands.some(asksSomebody)) return 'cadence';
  // `== 0` asks for the first turn, and the other branch runs in all that follow.
  if (/^[<>]/.test(test.operators[0] ?? '') && test.operands.some((o) => countsFilled(o, scope)))
    return 'cadence';
  return readsRegion(test, scope) ? 'cadence' : 'flag';
}

/** `len(samples) < 8`, where the region fills what is counted: it holds in the first turns only. */
function countsFilled(operand: Expr, scope: GuardScope): boolean {
  const counted = operand.kind === 'Call' && operand.args.length === 1 ? operand.args[0] : undefined;
  if (operand.kind !== 'Call' || counted === undefined || dottedName(operand.callee) !== 'len') return false;
  const path = slice(counted, scope);
  let found = false;
  visit(scope.root, (node) => {
    if (found) return false;
    if (node.kind === 'Call' && node.callee.kind === 'Attribute')
      found = /^(append|extend|add)$/.test(node.callee.name) && slice(node.callee.object, scope) === path;
    return undefined;
  });
  return found;
}

/** A call may answer differently each time, such as the clock. */
function asksSomebody(operand: Expr): boolean {
  let found = false;
  visit(operand, (node) => {
    if (
      node.kind === 'Call' &&
      !/(^|\.)(len|get_rank|get_world_size|device_count|lower|upper)$/.test(dottedName(node.callee) ?? '')
    )
      found = true;
    return undefined;
  });
  return found;
}

/** Whether an expression reads anything that the region itself binds, such as a counter. */
function readsRegion(expr: Expr, scope: GuardScope): boolean {
  let found = false;
  visit(expr, (node) => {
    if (node.kind === 'Name' || node.kind === 'Attribute') {
      if (changesInRegion(dottedName(node), scope)) found = true;
      if (node.kind === 'Attribute') return false;
    }
    return undefined;
  });
  return found;
}

function changesInRegion(path: string | undefined, scope: GuardScope): boolean {
  if (path === undefined) return true;
  const changes = changesIn(scope.root);
  const root = path.split('.')[0] ?? path;
  return [path, root].some((name) => changes.get(name)?.some((converted) => converted !== path));
}

/** By what a region binds: for each binding the setting that it only converts, if it does. */
type Changes = ReadonlyMap<string, readonly (string | undefined)[]>;

/** Gathered once for a region: each of its tests asks. */
const changesOf = new WeakMap<Node, Changes>();

function changesIn(region: Node): Changes {
  const known = changesOf.get(region);
  if (known !== undefined) return known;
  const changes = new Map<string, (string | undefined)[]>();
  const add = (target: Expr, converted?: string): void => {
    if (target.kind === 'Tuple' || target.kind === 'List')
      for (const item of target.items) add(item, converted);
    else if (target.kind === 'Starred' && target.value !== null) add(target.value, converted);
    else {
      const name = dottedName(target);
      if (name === undefined) return;
      const before = changes.get(name);
      if (before === undefined) changes.set(name, [converted]);
      else if (!before.includes(converted)) before.push(converted);
    }
  };
  visit(region, (node) => {
    if (node.kind === 'AugAssign') add(node.target);
    else if (node.kind === 'Assign') for (const target of node.targets) add(target, convertedBy(node.value));
    else if (node.kind === 'For') add(node.target);
    else if (node.kind === 'With') for (const { target } of node.items) if (target !== null) add(target);
    return undefined;
  });
  changesOf.set(region, changes);
  return changes;
}

/** `norm_type = float(norm_type)`: a setting stays what it was. */
function convertedBy(value: Expr | null): string | undefined {
  const [only, ...more] = value?.kind === 'Call' ? value.args : [];
  return value?.kind === 'Call' &&
    /^(float|int|str|bool)$/.test(dottedName(value.callee) ?? '') &&
    more.length === 0 &&
    only !== undefined
    ? dottedName(only)
    : undefined;
}

function hasModulo(test: Expr | null): boolean {
  if (test === null) return false;
  let found = false;
  visit(test, (node) => {
    if (
      node.kind === 'Binary' &&
      node.operator === '%' &&
      node.left.kind !== 'String' &&
      node.left.kind !== 'Formatted'
    )
      found = true;
    return undefined;
  });
  return found;
}

/** What a binding says the name is; null where it depends on what was there before. */
function givenBy(binding: Binding): Expr | null {
  return binding.kind === 'Assign' && binding.targets.some((t) => t.kind === 'Name') ? binding.value : null;
}

/** Conditions that plainly mean "now and then": only these silence what follows an early `continue`. */
export function plainCadence(test: Expr, scope: GuardScope): boolean {
  const text = slice(test, scope);
  if (hasModulo(test)) return !accumulation.test(text);
  return seldom.test(text) && guardOf(test, scope) === 'cadence';
}

function slice(node: Node, scope: GuardScope): string {
  return scope.text.slice(node.start, node.end);
}
