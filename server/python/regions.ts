/**
 * Step regions: code that runs once per batch or optimizer update. A loop over a loader, a loop that trains in each turn, or a
 * hook that a framework calls for each batch; followed through the functions and methods of the file that it calls.
 */

import { speaksOfEpochs } from './epochs.ts';
import { evaluationLoops } from './evaluationLoops.ts';
import type { EvaluationMode } from './evaluationMode.ts';
import { fewTurns } from './fewTurns.ts';
import { endsInFirstTurn } from './firstTurn.ts';
import type { Guard } from './guards.ts';
import { type FoundHook, handedOver, hookOf } from './hooks.ts';
import { isInferenceLoop } from './inferenceLoops.ts';
import type { Interpreter } from './interpreter.ts';
import type { Framework } from './knowledge/hooks.ts';
import type { StepRole } from './knowledge/roles.ts';
import type { Block, Expr, For, FunctionDef, Node, While } from './nodes.ts';
import { callsOfBases } from './openCalls.ts';
import type { HotCall } from './project/incoming.ts';
import { RegionWalker, type Visit } from './regionWalker.ts';
import { registeredHooks } from './registeredHooks.ts';
import { stepRoleOf } from './stepRoles.ts';
import { type Parents, syntaxOf } from './syntax.ts';
import { updateRoleOf } from './updates.ts';
import type { FunctionInfo } from './values.ts';
import { boundNames, visit } from './walk.ts';
import type { WorkFinder } from './work.ts';

export interface StepRegion {
  readonly role: 'train' | 'eval';
  readonly root: For | While | FunctionDef;
  readonly body: Block;
  /** The function around the root loop, or the hook itself. */
  readonly owner: FunctionDef | undefined;
  readonly framework: 'none' | Framework;
  /** The root is a method that a framework calls by itself. */
  readonly hook?: FoundHook;
  /** The root is part of every step by what it is. */
  readonly part?: StepRole;
  /** A loop that is known by the evaluation mode of the network which it runs. */
  readonly evaluationMode?: true;
  /** Called or written inside an outer loop, such as one over epochs. */
  readonly repeated: boolean;
  readonly visits: readonly Visit[];
  /** It reaches more than that: the walk has ended by its limits. */
  readonly cut: boolean;
  /** Functions that it reaches. */
  readonly functions: ReadonlySet<FunctionInfo>;
  /** The root is a function that steps in other files call: from there. */
  readonly calledFrom?: readonly HotCall[];
}

export function findRegions(
  machine: Interpreter,
  work: WorkFinder,
  mode: EvaluationMode,
  parents: Parents,
): StepRegion[] {
  const roots = new Set<Node>();
  const { loops } = syntaxOf(machine.module);
  for (const loop of loops) if (isStepLoop(machine, work, loop, loops, parents)) roots.add(loop);
  for (const loop of loops)
    if (!within(loop, roots, parents) && isInferenceLoop(machine, work, loop, parents)) roots.add(loop);
  const found: StepRegion[] = [];
  for (const loop of loops) {
    if (!roots.has(loop) || endsSoon(machine, loop)) continue;
    const owner = functionAround(loop, parents);
    const trains = work.ofBlock(loop.body, false).backward;
    found.push(region(machine, loop, loop.body, owner, trains ? 'train' : 'eval', 'none', roots, parents));
  }
  for (const [loop, evidence] of evaluationLoops(machine, work, mode, loops, roots, parents))
    found.push({
      ...region(machine, loop, loop.body, functionAround(loop, parents), 'eval', 'none', roots, parents),
      ...(evidence === 'mode' ? { evaluationMode: true } : {}),
    });
  addHooks(machine, found, roots, parents);
  addHandedOver(machine, work, found, roots, parents);
  found.push(...calledFromOutside(machine, found, roots, parents));
  addRoles(machine, work, found, roots, parents);
  return found;
}

/** Methods that frameworks call for each batch; those that other hooks are likely to call come last. */
function addHooks(
  machine: Interpreter,
  found: StepRegion[],
  roots: ReadonlySet<Node>,
  parents: Parents,
): void {
  const hooks = machine.scopes.functions
    .map((info) => ({ info, hook: hookOf(machine, info) }))
    .sort((a, b) => Number(a.hook?.hook.inner === true) - Number(b.hook?.hook.inner === true));
  for (const { info, hook } of hooks) {
    const role = hook?.hook.runs;
    if (hook === undefined || (role !== 'train' && role !== 'eval')) continue;
    if (hook.hook.inner === true && found.some((r) => r.functions.has(info))) continue;
    const { node } = info;
    const { framework } = hook.of;
    found.push({
      ...region(machine, node, node.body, node, role, framework, roots, parents),
      hook,
    });
  }
}

/** Functions that a framework was handed. */
function addHandedOver(
  machine: Interpreter,
  work: WorkFinder,
  found: StepRegion[],
  roots: ReadonlySet<Node>,
  parents: Parents,
): void {
  for (const [info, hook] of handedOver(machine)) {
    if (found.some((r) => r.root === info.node || r.functions.has(info))) continue;
    const { node } = info;
    const role = work.ofFunction(info, false).backward ? 'train' : 'eval';
    found.push({ ...region(machine, node, node.body, node, role, hook.of.framework, roots, parents), hook });
  }
}

/** What is part of a step by what it is, unless a step of the file, or of another, holds it already. */
function addRoles(
  machine: Interpreter,
  work: WorkFinder,
  found: StepRegion[],
  roots: ReadonlySet<Node>,
  parents: Parents,
): void {
  const own: [FunctionInfo, StepRegion][] = [];
  const hooks = registeredHooks(machine, parents);
  for (const info of machine.scopes.functions) {
    const part = stepRoleOf(machine, info) ?? hooks.get(info) ?? updateRoleOf(machine, work, info, roots);
    if (part === undefined || found.some((r) => r.root === info.node || r.functions.has(info))) continue;
    const { node } = info;
    own.push([info, { ...region(machine, node, node.body, node, part.runs, 'none', roots, parents), part }]);
  }
  // A module that another one calls is part of that one; of modules that call each other in a circle the first stands.
  for (const [i, [info, r]] of own.entries())
    if (
      !own.some(([o, { functions }], j) => i !== j && functions.has(info) && (j < i || !r.functions.has(o)))
    )
      found.push(r);
}

/** Functions that answer a request, with all they reach. They are no steps: what they read goes into the answer. */
export function findHandlers(machine: Interpreter, parents: Parents): StepRegion[] {
  const none = new Set<Node>();
  return machine.scopes.functions.flatMap((info) => {
    const hook = hookOf(machine, info);
    if (hook?.hook.runs !== 'request') return [];
    const { node } = info;
    return [{ ...region(machine, node, node.body, node, 'eval', hook.of.framework, none, parents), hook }];
  });
}

/** Functions that a step of another file calls, unless a step of this file holds them already. */
function calledFromOutside(
  machine: Interpreter,
  found: readonly StepRegion[],
  roots: ReadonlySet<Node>,
  parents: Parents,
): StepRegion[] {
  const out: StepRegion[] = [];
  for (const [info, { incoming }] of machine.states) {
    const asked = callsOfBases(machine, info);
    const calledFrom = [...incoming, ...asked].map((call) => call.hot).filter((hot) => hot !== null);
    const often = calledFrom.find((hot) => hot.guard === 'none') ?? calledFrom[0];
    const known = [...found, ...out].some((r) => r.root === info.node || r.functions.has(info));
    if (often === undefined || known) continue;
    out.push({
      ...region(machine, info.node, info.node.body, info.node, often.role, 'none', roots, parents, often),
      calledFrom,
    });
  }
  return out;
}

function isStepLoop(
  machine: Interpreter,
  work: WorkFinder,
  loop: For | While,
  loops: readonly (For | While)[],
  parents: Parents,
): boolean {
  if (loop.kind === 'For' && machine.values.get(loop.iterable)?.kind === 'loader') return true;
  const own = work.ofBlock(loop.body, true);
  const takes = takesBatch(machine, loop.body) && own.forward;
  if (!takes && !own.backward && !(own.optimizerStep && work.ofBlock(loop.body, false).backward))
    return false;
  const head = loop.kind === 'For' ? [loop.start, loop.iterable.end] : [loop.test.start, loop.test.end];
  // One full batch per epoch: a read per epoch is what everybody wants.
  if (speaksOfEpochs(machine.module.text.slice(head[0], head[1]))) return false;
  // A turn that also evaluates is an epoch over one full batch.
  if (evaluates(machine, loop.body)) return false;
  // A loop of micro-batches or critic steps belongs to the step around it.
  for (let up = parents.get(loop); up !== undefined && up.kind !== 'Function'; up = parents.get(up))
    if (
      (up.kind === 'For' || up.kind === 'While') &&
      loops.includes(up) &&
      isStepLoop(machine, work, up, loops, parents)
    )
      return false;
  return true;
}

/** `batch = next(batches)`, in each turn. */
function takesBatch(machine: Interpreter, block: Block): boolean {
  return block.body.some((statement) => {
    const call = statement.kind === 'Assign' ? statement.value : undefined;
    const source = call?.kind === 'Call' ? call.args[0] : undefined;
    if (call?.kind !== 'Call' || source === undefined) return false;
    return (
      machine.values.get(call.callee)?.type === 'builtins.next' &&
      machine.values.get(source)?.kind === 'loader'
    );
  });
}

function region(
  machine: Interpreter,
  root: For | While | FunctionDef,
  body: Block,
  owner: FunctionDef | undefined,
  role: 'train' | 'eval',
  framework: StepRegion['framework'],
  roots: ReadonlySet<Node>,
  parents: Parents,
  start: { readonly guard: Guard; readonly inner: boolean } = { guard: 'none', inner: false },
): StepRegion {
  const walker = new RegionWalker(machine, root, roots, owner);
  // A function that calls itself does in that call what has been seen.
  const itself = root.kind === 'Function' ? machine.scopes.functionOf.get(root) : undefined;
  if (itself !== undefined) walker.begin(itself, start.guard);
  walker.block(body, start.guard, start.inner);
  return {
    role,
    root,
    body,
    owner,
    framework,
    repeated: framework === 'none' && insideLoop(machine, root, parents),
    visits: walker.visits,
    cut: walker.cut,
    functions: walker.functions,
  };
}

/**
 * Whether a loop leaves after a few turns whatever its loader holds, or does nothing afterwards: `break`, `if i >= 5: break`,
 * `if i == args.shown - 1: break` with a small default, `if i < 5:` around all that it does, or a slice of the loader of a
 * literal length. No step is worth a change that runs so seldom.
 */
function endsSoon(machine: Interpreter, root: For | While): boolean {
  if (endsInFirstTurn(root.body)) return true;
  if (root.kind !== 'For') return false;
  const sliced = /\bislice\(.*,\s*(\d+)\s*\)+$/s.exec(
    machine.module.text.slice(root.iterable.start, root.iterable.end),
  );
  if (sliced !== null && Number(sliced[1]) <= fewTurns) return true;
  const counters = boundNames(root.target);
  const only = root.body.body.length === 1 ? root.body.body[0] : undefined;
  if (only?.kind === 'If' && only.orelse === null && only.branches.length === 1) {
    const test = only.branches[0]?.test;
    if (test !== undefined && asksForFewTurns(machine, test, counters, /^(<|<=)$/)) return true;
  }
  return root.body.body.some((statement) => {
    const branch = statement.kind === 'If' ? statement.branches[0] : undefined;
    if (branch?.body.body.at(-1)?.kind !== 'Break') return false;
    return asksForFewTurns(machine, branch.test, counters, /^(>|>=|==)$/);
  });
}

/** `i < 5`, where the loop counts `i`. */
function asksForFewTurns(
  machine: Interpreter,
  test: Expr,
  counters: readonly string[],
  operator: RegExp,
): boolean {
  if (test.kind !== 'Compare' || test.operands.length !== 2) return false;
  const [counter, limit] = test.operands;
  return (
    operator.test(test.operators[0] ?? '') &&
    counter?.kind === 'Name' &&
    counters.includes(counter.id) &&
    limit !== undefined &&
    numberOf(machine, limit) <= fewTurns
  );
}

/** A number of the text, or an option's default, also one more or less; endless where it is not known, or says so by 0 or -1. */
function numberOf(machine: Interpreter, expr: Expr): number {
  if (expr.kind === 'Number') return expr.value;
  if (expr.kind === 'Binary' && /^[-+]$/.test(expr.operator)) {
    const [left, right] = [numberOf(machine, expr.left), numberOf(machine, expr.right)];
    return expr.operator === '+' ? left + right : left - right;
  }
  const known = machine.values.get(expr)?.constant;
  return typeof known === 'number' && known > 0 ? known : Number.POSITIVE_INFINITY;
}

/** A whole function as if it were a step: what it does each time it is called, in order. */
export function functionRegion(machine: Interpreter, info: FunctionInfo, parents: Parents): StepRegion {
  const empty = new Set<Node>();
  return region(machine, info.node, info.node.body, info.node, 'train', 'none', empty, parents);
}

/** Whether a loop runs again and again because of a loop around it, here or at a caller. */
export function insideLoop(machine: Interpreter, node: Node, parents: Parents, depth = 0): boolean {
  let up = parents.get(node);
  for (; up !== undefined && up.kind !== 'Function'; up = parents.get(up))
    if (up.kind === 'For' || up.kind === 'While') return true;
  if (up === undefined || up.kind !== 'Function' || depth > 5) return false;
  const info = machine.scopes.functionOf.get(up);
  const state = info === undefined ? undefined : machine.states.get(info);
  for (const call of state?.calls ?? []) if (insideLoop(machine, call, parents, depth + 1)) return true;
  if (state?.incoming.some((call) => call.repeated) === true) return true;
  return info !== undefined && callsOfBases(machine, info).some((call) => call.repeated);
}

/** Whether a loop stands in one of these, in the same function. */
function within(loop: Node, roots: ReadonlySet<Node>, parents: Parents): boolean {
  for (let up: Node | undefined = loop; up !== undefined && up.kind !== 'Function'; up = parents.get(up))
    if (roots.has(up)) return true;
  return false;
}

export function functionAround(node: Node, parents: Parents): FunctionDef | undefined {
  for (let up = parents.get(node); up !== undefined; up = parents.get(up))
    if (up.kind === 'Function') return up;
  return undefined;
}

const evaluation = /^_?(test|eval|evaluate|validate|valid|validation)(_|$)/;

/** Whether a block calls an evaluation each time it runs: in no branch, in no loop. */
function evaluates(machine: Interpreter, block: Block): boolean {
  let found = false;
  for (const statement of block.body) {
    if (statement.kind !== 'Expr' && statement.kind !== 'Assign') continue;
    visit(statement, (node) => {
      if (node.kind === 'Call' && (machine.targets.get(node) ?? []).some((f) => evaluation.test(f.node.name)))
        found = true;
      return undefined;
    });
  }
  return found;
}
