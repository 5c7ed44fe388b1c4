/** Sums an analysed file up for the files that import it, and says what it calls in others. */

import { ConsumerFinder } from '../consumers.ts';
import { classWork, givesItems } from '../datasetWork.ts';
import { anyCaller, gradientsOff } from '../gradMode.ts';
import { switchesGradientsOff } from '../inferenceLoops.ts';
import type { Call, Expr, FunctionDef, Node } from '../nodes.ts';
import { openCalls } from '../openCalls.ts';
import type { Program } from '../program.ts';
import { functionRegion, insideLoop, type StepRegion } from '../regions.ts';
import type { Visit } from '../regionWalker.ts';
import { callsInSight } from '../stepInSight.ts';
import { yieldsFrom } from '../streams.ts';
import { unseenWaitsOf } from '../unseenWaits.ts';
import { type ClassInfo, type FunctionInfo, join, type Tri, type Value } from '../values.ts';
import { deviceReads } from '../waits.ts';
import { dottedName, visit } from '../walk.ts';
import type { HotCall, IncomingCall } from './incoming.ts';
import {
  type ClassSummary,
  type FunctionSummary,
  type Home,
  type ModuleSummary,
  portable,
} from './portable.ts';
import { queueFacts } from './queue.ts';

/** Following every function through all it calls: together no more than this, so that a large file stays cheap. */
const visitBudget = 60_000;
const longestRecorder = 4_000;
const asksForGradients =
  /volatile\s*=(?!\s*False)|requires_grad|autograd\.grad|\.backward\(|enable_grad|torch\.(export|onnx|jit\.trace)|functorch|torch\.func\./;

export function summarise(program: Program, path: string): ModuleSummary {
  const homeOf = (info: FunctionInfo): Home => ({ path, name: info.qualifiedName });
  const functions = new Map<string, FunctionSummary>();
  const methods = new Map<ClassInfo, FunctionSummary[]>();
  const budget = { left: visitBudget };
  for (const info of program.machine.scopes.functions) {
    if (info.outer !== undefined) continue;
    const summary = functionSummary(program, path, info, homeOf, budget);
    if (info.owner === undefined) functions.set(info.node.name, summary);
    else methods.set(info.owner, [...(methods.get(info.owner) ?? []), summary]);
  }
  const classes = new Map<string, ClassSummary>();
  for (const info of program.machine.scopes.classOf.values()) {
    classes.set(info.qualifiedName, {
      path,
      name: info.qualifiedName,
      libraryBases: info.libraryBases,
      bases: info.bases.map((base) => base.home).filter((home) => home !== undefined),
      closed: info.closed,
      device: info.device,
      methods: methods.get(info) ?? [],
      fields: [...info.fields].map(
        ([name, v]) => [name, v === undefined ? null : portable(v, homeOf)] as const,
      ),
      assigned: [...info.assigned],
      attributes: [...info.attributes].map(([name, v]) => [name, portable(v, homeOf)] as const),
      ...(givesItems(program, info) ? { itemWork: classWork(program, info) } : {}),
    });
  }
  const values = new Map(
    [...program.machine.globals.variables]
      .filter(([, v]) => v.kind !== 'library' && v.kind !== 'unknown')
      .map(([name, v]) => [name, portable(v, homeOf)] as const),
  );
  return { path, functions, classes, values };
}

function functionSummary(
  program: Program,
  path: string,
  info: FunctionInfo,
  homeOf: (info: FunctionInfo) => Home,
  budget: { left: number },
): FunctionSummary {
  const { node } = info;
  const { machine } = program;
  const decorators = node.decorators.map((d) => dottedName(d.kind === 'Call' ? d.callee : d) ?? '');
  const region = budget.left > 0 ? functionRegion(machine, info, program.parents) : undefined;
  budget.left -= region?.visits.length ?? 0;
  const queue = region === undefined ? undefined : queueFacts(program, region);
  const returns = machine.states.get(info)?.returns;
  const generator = yields(node);
  return {
    path,
    name: info.qualifiedName,
    parameters: node.parameters.map(({ name, form }) => ({ name, form })),
    method: info.owner !== undefined && !decorators.includes('staticmethod'),
    property: decorators.some((d) => /property$/.test(d)),
    returns: returns === undefined ? null : portable(returns, homeOf),
    generator,
    goesOver: generator ? goesOver(program, node) : null,
    handsBack: generator ? passedOn(node) : returned(node),
    waits: queue?.waits ?? 0,
    returnsRead: queue?.returnsRead ?? 0,
    endsEmpty: queue?.endsEmpty ?? 0,
    reads: region === undefined || readsAny(program, region),
    unseenWaits: region === undefined ? 'perhaps' : unseenWaitsOf(program, region),
    work: program.work.ofFunction(info, false),
    shallowWork: program.work.ofFunction(info, true),
    recorded: region === undefined ? [] : recordedParameters(program, region, node),
    asksGradients: [node, ...[...(region?.functions ?? [])].map((f) => f.node)].some((fn) =>
      asksGradients(program, fn),
    ),
    gradientsOff: switchesGradientsOff(node),
    asks: openCalls(program, path, info),
    evaluating: program.evaluationMode.isHandedBack(info),
  };
}

/** Itself or through what it calls, needed or not. */
function readsAny(program: Program, { visits }: StepRegion): boolean {
  return visits.some(
    (at) =>
      !at.seldom &&
      (deviceReads(program, at).length > 0 ||
        (at.node.kind === 'Call' && program.machine.foreignCalls.get(at.node)?.summary.reads === true)),
  );
}

const asking = new WeakMap<FunctionDef, boolean>();

function asksGradients(program: Program, fn: FunctionDef): boolean {
  let asks = asking.get(fn);
  if (asks === undefined) {
    asks = asksForGradients.test(program.textOf(fn));
    asking.set(fn, asks);
  }
  return asks;
}

function recordedParameters(program: Program, region: StepRegion, node: FunctionDef): string[] {
  if (node.end - node.start > longestRecorder) return [];
  return node.parameters
    .filter((p) => p.form !== 'rest' && p.name !== 'self')
    .map((p) => p.name)
    .filter((name) => {
      const { needed, sinks } = ConsumerFinder.ofParameter(program, region, name);
      return needed === undefined && sinks.size > 0 && !sinks.has('returned');
    });
}

function yields(node: FunctionDef): boolean {
  let found = false;
  visit(node, (inner) => {
    if (found || (inner.kind === 'Function' && inner !== node) || inner.kind === 'Lambda') return false;
    if (inner.kind === 'Yield') found = true;
    return undefined;
  });
  return found;
}

/** The parameter that a generator takes items from and yields them as they are. */
function passedOn(node: FunctionDef): string | null {
  let found: string | null = null;
  visit(node, (loop) => {
    if (loop.kind !== 'For') return undefined;
    const over = parameterIn(node, loop.iterable);
    const target = loop.target.kind === 'Tuple' ? loop.target.items.at(-1) : loop.target;
    if (target?.kind !== 'Name' || over === undefined) return undefined;
    visit(loop, (inner) => {
      if (inner.kind === 'Yield' && inner.value?.kind === 'Name' && inner.value.id === target.id)
        found = over;
      return undefined;
    });
    return undefined;
  });
  return found;
}

/** The parameter whose items a generator goes over, one yield or several for each. */
function goesOver(program: Program, node: FunctionDef): string | null {
  let found: string | null = null;
  const look = (at: Node, over: string | undefined): void => {
    visit(at, (inner) => {
      if ((inner.kind === 'Function' && inner !== node) || inner.kind === 'Lambda') return false;
      if (inner.kind === 'Yield' && inner.value !== null)
        found ??= (yieldsFrom(program.text, inner) ? parameterIn(node, inner.value) : over) ?? null;
      if (inner.kind !== 'For' || inner === at) return undefined;
      look(inner, parameterIn(node, inner.iterable));
      return false;
    });
  };
  look(node, undefined);
  return found;
}

/** `source`, also as the first argument of `enumerate` and the like. */
function parameterIn(node: FunctionDef, iterable: Expr): string | undefined {
  // What a class makes of it is something else, such as a loader of a data set.
  const wraps = iterable.kind === 'Call' && !/(^|\.)[A-Z]\w*$/.test(dottedName(iterable.callee) ?? '');
  const inner = wraps ? iterable.args[0] : iterable;
  return inner?.kind === 'Name' && node.parameters.some((p) => p.name === inner.id) ? inner.id : undefined;
}

/** The parameter that every `return` names. */
function returned(node: FunctionDef): string | null {
  const names = new Set<string | undefined>();
  visit(node, (inner) => {
    if (inner.kind === 'Function' && inner !== node) return false;
    if (inner.kind === 'Return') names.add(inner.value?.kind === 'Name' ? inner.value.id : undefined);
    return undefined;
  });
  const only = names.size === 1 ? [...names][0] : undefined;
  return only !== undefined && node.parameters.some((p) => p.name === only) ? only : null;
}

/** What this file calls in others: one entry a function, all its calls joined. */
export function outgoingCalls(program: Program, path: string): IncomingCall[] {
  const { machine } = program;
  if (machine.foreignCalls.size === 0) return [];
  const hot = hotCalls(program, path);
  const homeOf = (info: FunctionInfo): Home | undefined =>
    info.outer === undefined ? { path, name: info.qualifiedName } : undefined;
  const byCallee = new Map<string, Joined>();
  for (const [call, { summary, parameters }] of machine.foreignCalls) {
    const key = `${summary.path}\n${summary.name}`;
    let joined = byCallee.get(key);
    if (joined === undefined) {
      joined = {
        callee: summary,
        parameters: new Map(),
        gradientsOff: [],
        repeated: false,
        hot: null,
      };
      byCallee.set(key, joined);
    }
    for (const [name, v] of parameters) joined.parameters.set(name, join(joined.parameters.get(name), v));
    joined.gradientsOff.push(gradientsOff(program, call));
    joined.repeated ||= insideLoop(machine, call, program.parents);
    joined.hot = hotter(joined.hot, hot.get(call));
  }
  return [...byCallee.values()].map(({ callee, parameters, gradientsOff: off, repeated, hot: hottest }) => ({
    callee: { path: callee.path, name: callee.name },
    parameters: [...parameters].map(([name, v]) => [name, portable(settled(v), homeOf)] as const),
    gradientsOff: anyCaller(off),
    repeated,
    hot: hottest,
    cuda: program.cuda,
  }));
}

interface Joined {
  readonly callee: Home;
  readonly parameters: Map<string, Value>;
  readonly gradientsOff: Tri[];
  repeated: boolean;
  hot: HotCall | null;
}

/** A constant that one caller passes is not what every caller passes. */
function settled(v: Value): Value {
  return v.constant === undefined || v.kind === 'none' ? v : { ...v, constant: undefined };
}

function hotter(a: HotCall | null, b: HotCall | undefined): HotCall | null {
  if (b === undefined) return a;
  if (a === null) return b;
  const first = a.guard === 'none' || b.guard !== 'none' ? a : b;
  return {
    ...first,
    resultRecorded: a.resultRecorded && b.resultRecorded,
    afterWait: a.afterWait && b.afterWait,
    inSight: a.inSight && b.inSight,
  };
}

function hotCalls(program: Program, path: string): Map<Call, HotCall> {
  const out = new Map<Call, HotCall>();
  for (const region of program.regions) {
    const places = region.visits.filter((v): v is Visit & { node: Call } => isForeign(program, v.node));
    if (places.length === 0) continue;
    const queue = queueFacts(program, region);
    const inSight = callsInSight(program, region);
    for (const { node, guard, inner } of places) {
      if (guard === 'cadence' || out.has(node)) continue;
      const from = region.calledFrom;
      out.set(node, {
        role: region.role,
        guard,
        inner,
        resultRecorded: resultRecorded(program, region, node),
        afterWait: queue.afterWait.has(node) || from?.every((h) => h.afterWait) === true,
        inSight: inSight(node),
        from: { path, start: node.start, end: node.end },
      });
    }
  }
  return out;
}

function isForeign(program: Program, node: Node): boolean {
  return node.kind === 'Call' && program.machine.foreignCalls.has(node);
}

/** What a call gives is only recorded, or not used at all. */
function resultRecorded(program: Program, region: StepRegion, call: Call): boolean {
  const { needed } = ConsumerFinder.of(program, region, call);
  return needed === undefined || needed === 'result unused';
}
