/**
 * Evaluations of networks that nobody can see: out of a registry, a dictionary, a parameter. What tells them is what is
 * written around them: `eval()` of what is then called, or that all it gives is cut off from its graph. Only listed,
 * for whoever calls them may switch gradients off, and nothing tells where the network lies.
 */

import { nameAtCall } from '../../python/evaluationLoops.ts';
import { networkPath } from '../../python/evaluationMode.ts';
import { gradientsOff, ownGradientsOff } from '../../python/gradMode.ts';
import type { Call, Expr, For, FunctionDef, Module, Node, While } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { Device, type Value } from '../../python/values.ts';
import { visit, visitOwn } from '../../python/walk.ts';
import { goesToHost } from './cutOff.ts';
import { asksElsewhere, frozen, needsGradients, takesMarked, writtenBefore04 } from './gradientWishes.ts';

export interface PresumedEval {
  readonly call: Call;
  /** The other places of the same function, and where the network itself is called when that is another one. */
  readonly others: readonly Call[];
  readonly owner: FunctionDef | undefined;
  readonly loop: For | While | undefined;
}

const usesTorch = /^[ \t]*(import|from)[ \t]+torch\b/m;
const speaksOfDevices = /\b(cuda|gpus?|device)\b/i;
const otherQueues =
  /^[ \t]*(import|from)[ \t]+(torch_xla|intel_extension_for_pytorch|torch\.distributed\.rpc)\b/m;

/** From there on nobody records gradients, wherever it stands. */
const switchesForAll = /^[ \t]*[\w.]*(set_grad_enabled\(False\)|no_grad\(\)\.__enter__\(\))/m;
const timed = /\.synchronize\(|\btimeit\.|\bperf_counter|\btime\.time\(|elapsed_time|utils\.benchmark/;

/** What a network goes by. */
const networkName =
  /(^|[._])(model|net|network|generator|encoder|decoder|backbone|classifier|detector|vae|unet|clip|bert|actor|critic|policy|segmentor|extractor)(_|s?\d*(\[\])?$)|(Model|Net)(\[\])?$/i;
/** Methods by which a class of the project runs its network. */
const runs =
  /^_?(forward\w*|predict\w*|encode_\w+|extract_\w+|infer|inference|full_sort_predict|(evaluation|eval|validation|test|predict)_step|score\w*|get_\w*(embedding|feature|latent|logit|score)s?|sample_from_\w+|run_with_cache)$/;
/** What a function is called that only infers. */
const infers =
  /^_?(run_)?(eval|valid|test|predict|infer|encode|embed|extract|scor(e|ing)|transcribe|segment|detect|recogni[sz]e|classify|query|(compute|get)_(feature|embedding|activation|prediction|score|logit|latent))/i;
/** What a network does inside, and what is gone back through by whoever calls it. */
const partOfTraining = /^(forward\w*|__call__|__init__|training_step|train\w*|\w*loss\w*|setup|build\w*)$/;

const deepest = 2;

export function presumedEvaluations(program: Program): readonly PresumedEval[] {
  if (!mayMatter(program)) return [];
  const owners = [undefined, ...program.machine.scopes.functions.map(({ node }) => node)];
  return owners.flatMap((owner) => presumedIn(program, owner) ?? []);
}

function mayMatter({ text, role, cuda }: Program): boolean {
  if (role.test || role.tutorial || role.generated || role.vendored) return false;
  // A benchmark of accuracy evaluates like any other code; one of time knows what it does.
  if (role.benchmark && timed.test(text)) return false;
  if (!/\.eval\(\)|\.detach\(\)/.test(text) || !usesTorch.test(text)) return false;
  if (otherQueues.test(text) || writtenBefore04.test(text) || switchesForAll.test(text)) return false;
  return cuda !== 'no' || speaksOfDevices.test(text);
}

/** One for all places of a function, or of what stands outside of all. */
function presumedIn(program: Program, owner: FunctionDef | undefined): PresumedEval | undefined {
  if (owner !== undefined && (partOfTraining.test(owner.name) || wants(program, owner))) return undefined;
  const found = callsIn(owner ?? program.module).flatMap((call) => presumedAt(program, owner, call) ?? []);
  const [first] = found;
  if (first === undefined || (owner !== undefined && isCalledWithout(program, owner))) return undefined;
  const others = new Set(found.flatMap(({ call, run }) => [call, run]));
  others.delete(first.call);
  return { call: first.call, others: [...others], owner, loop: first.loop };
}

const wants = (program: Program, node: Node): boolean => needsGradients.test(program.textOf(node));

interface Place {
  readonly call: Call;
  readonly run: Call;
  readonly loop: For | While | undefined;
}

function presumedAt(program: Program, owner: FunctionDef | undefined, call: Call): Place | undefined {
  const run = runsBy(program, call).find((some) => evaluates(program, owner, call, some));
  if (run === undefined) return undefined;
  const loop = outermostLoop(program, call, run.path, owner);
  // One pass of a whole program is no news.
  if (loop === undefined && (owner === undefined || /^_?(main|cli|run|demo)$/.test(owner.name)))
    return undefined;
  // Whoever gets the result with its graph decides.
  if (loop === undefined && program.parents.get(call)?.kind === 'Return') return undefined;
  if (loop !== undefined && takesMarked(program, loop)) return undefined;
  const around = loop ?? owner;
  if (around === undefined || wants(program, around)) return undefined;
  const work = program.work.ofBlock(around.body, false);
  if (work.backward || work.optimizerStep || asksWithin(program, around)) return undefined;
  if (ownGradientsOff(program, call) !== 'no' || gradientsOff(program, call) === 'yes') return undefined;
  return { call, run: run.call, loop };
}

function asksWithin(program: Program, around: For | While | FunctionDef): boolean {
  let found = false;
  visit(around, (node) => {
    found ||= asksElsewhere(program, node);
    return !found;
  });
  return found;
}

/** What runs a network, and the name that the network goes by in the function that is looked at. */
interface Run {
  readonly call: Call;
  readonly path: string;
}

/** The networks that a call may run, by itself or through functions of the file. */
function runsBy(program: Program, call: Call, depth = 0): readonly Run[] {
  const targets = program.machine.targets.get(call) ?? [];
  if (targets.length === 0) return ownRun(program, call);
  if (depth >= deepest) return [];
  return targets.flatMap(({ node: fn }) =>
    runsWithin(program, fn, depth).flatMap((run) => {
      const path = nameAtCall(program.machine, call, fn, run.path);
      return path === undefined ? [] : { call: run.call, path };
    }),
  );
}

const runsOf = new WeakMap<Program, Map<FunctionDef, readonly Run[]>>();

function runsWithin(program: Program, fn: FunctionDef, depth: number): readonly Run[] {
  const byFunction = runsOf.get(program) ?? new Map<FunctionDef, readonly Run[]>();
  runsOf.set(program, byFunction);
  const known = byFunction.get(fn);
  if (known !== undefined) return known;
  // In a circle the outer question answers for all.
  byFunction.set(fn, []);
  const runs = partOfTraining.test(fn.name)
    ? []
    : callsIn(fn).flatMap((call) => {
        const some = runsBy(program, call, depth + 1);
        return some.length > 0 && ownGradientsOff(program, call) === 'no' ? some : [];
      });
  byFunction.set(fn, runs);
  return runs;
}

function ownRun(program: Program, call: Call): readonly Run[] {
  if (program.machine.foreignCalls.get(call)?.summary.gradientsOff === true) return [];
  const network = networkOf(program, call.callee);
  const path = network === undefined ? undefined : networkPath(network);
  if (network === undefined || path === undefined) return [];
  return mayBeNetwork(program.valueOf(network)) && !frozen(program, path) ? [{ call, path }] : [];
}

/** A method of a network that is not known to run it is none of its parts. */
function networkOf(program: Program, callee: Expr): Expr | undefined {
  if (callee.kind !== 'Attribute') return callee;
  if (runs.test(callee.name)) return callee.object;
  const known = networkName.test(callee.name) || program.valueOf(callee).kind === 'module';
  return known || program.evaluationMode.names(networkPath(callee)) ? callee : undefined;
}

const callsOf = new WeakMap<Node | Module, readonly Call[]>();

/** Of its own code, not of functions inside. */
function callsIn(around: FunctionDef | Module): readonly Call[] {
  const known = callsOf.get(around);
  if (known !== undefined) return known;
  const calls: Call[] = [];
  for (const statement of around.body.body)
    if (statement.kind !== 'Function' && statement.kind !== 'Class')
      visitOwn(statement, (node) => {
        if (node.kind === 'Call') calls.push(node);
        return undefined;
      });
  callsOf.set(around, calls);
  return calls;
}

/** Not known to be something else, to lie on the host, or to have nothing that learns. */
function mayBeNetwork({ kind, grad, device, classInfo }: Value): boolean {
  if (grad === 'no' || device === Device.cpu) return false;
  if (kind === 'instance') return classInfo?.closed !== true;
  return kind === 'module' || kind === 'unknown';
}

function evaluates(program: Program, owner: FunctionDef | undefined, call: Call, run: Run): boolean {
  const mode = program.evaluationMode;
  if (mode.isSwitchedBefore(run.path, owner, call.start)) return true;
  if (run.call === call && networkName.test(run.path) && goesToHost(call, program.parents)) return true;
  if (owner === undefined || mode.isSwitchedWithin(run.path, owner)) return false;
  return infers.test(owner.name) && mode.holds(run.path, owner, call.start);
}

/** The outermost loop around a call in which its network is not put into a mode anew. */
function outermostLoop(
  program: Program,
  call: Call,
  path: string,
  owner: FunctionDef | undefined,
): For | While | undefined {
  let found: For | While | undefined;
  for (let up = program.parents.get(call); up !== undefined && up !== owner; up = program.parents.get(up))
    if (up.kind === 'For' || up.kind === 'While') {
      if (program.evaluationMode.isSwitchedWithin(path, up)) break;
      found = up;
    }
  return found;
}

/** Somebody calls a function of this name without gradients, by an object whose class nobody sees. */
function isCalledWithout(program: Program, owner: FunctionDef): boolean {
  return program.syntax
    .all('Call')
    .some((call) => nameOf(call.callee) === owner.name && gradientsOff(program, call) === 'yes');
}

const nameOf = (callee: Expr): string | undefined =>
  callee.kind === 'Name' ? callee.id : callee.kind === 'Attribute' ? callee.name : undefined;
