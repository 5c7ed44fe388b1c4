/** Loops that evaluate with gradients switched on, although nothing in them goes backward. */

import { gradientsOffAt } from '../../python/gradMode.ts';
import type { Block, Call, Expr, FunctionDef, If, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { type ClassInfo, Device, elementOf, onCuda, type Tri, type Value } from '../../python/values.ts';
import { dottedName, visit } from '../../python/walk.ts';
import { networkRun } from '../../python/work.ts';
import { asksElsewhere, frozen, needsGradients, takesMarked, writtenBefore04 } from './gradientWishes.ts';

const evalName = /eval|valid|test|infer|predict|inference|score|sample_|extract|embed/i;
interface Ungraded {
  readonly node: Call;
  /** How many facts about it are only likely. */
  readonly doubts: number;
}

/** Two rules ask for the same regions. */
const answered = new WeakMap<StepRegion, Ungraded | null>();

/** The pass forward that keeps a graph. */
export function ungradedForward(program: Program, region: StepRegion): Ungraded | undefined {
  let answer = answered.get(region);
  if (answer === undefined) {
    answer = findUngraded(program, region) ?? null;
    answered.set(region, answer);
  }
  return answer ?? undefined;
}

function findUngraded(program: Program, region: StepRegion): Ungraded | undefined {
  const answers = region.framework === 'serving';
  if (region.role !== 'eval' || !(region.framework === 'none' || answers)) return undefined;
  const { owner, root } = region;
  const around = owner ?? program.module;
  if (root.kind === 'Function' && !answers) return undefined;
  const deep = program.work.ofBlock(root.body, false);
  if (deep.backward || deep.optimizerStep) return undefined;
  if (texts(program, region).some((t) => needsGradients.test(t))) return undefined;
  // Before torch 0.4 what went in said that no graph is wanted.
  if (/\bvolatile\s*=\s*True/.test(program.textOf(owner ?? outermost(program, root)))) return undefined;
  const before04 = writtenBefore04.test(program.module.text);
  if (region.visits.some((v) => asksElsewhere(program, v.node)) || takesMarked(program, root))
    return undefined;
  // Outputs kept for a backward pass after the loop.
  if (owner !== undefined && program.work.ofBlock(owner.body, true).backward) return undefined;
  for (const v of region.visits) {
    // What the model does inside is its own matter: the place is the call in the loop, or in a function it calls.
    if (v.node.kind !== 'Call' || insideForward(v.within)) continue;
    const model = networkRun(program.machine, v.node);
    if (model === undefined) continue;
    if (onlyInTraining(program, v)) continue;
    // A method in another file that sees to it itself, such as one that generates.
    if (program.machine.foreignCalls.get(v.node)?.summary.gradientsOff === true) continue;
    const value = program.valueOf(model);
    const name = pathOf(model);
    if (value.grad === 'no' || name === undefined || frozen(program, name)) return undefined;
    const device = deviceOf(program, v.node, value);
    if (device === 'no') continue;
    const off = gradientsOffAt(program, v);
    if (off === 'yes') return undefined;
    const inMode = answers || region.evaluationMode === true || callsEval(around, name, root);
    if (!inMode && (owner === undefined || !evalName.test(owner.name))) return undefined;
    const doubts =
      (off === 'unknown' || isMovedToHost(program, name) ? 2 : 0) +
      (before04 || !hasParameters(value) || !runsOnDevice(program, v.node) ? 2 : 0) +
      (takesNetwork(program, v.node) ? 2 : 0) +
      (device === 'unknown' ? 1 : 0) +
      (value.assumed && value.classInfo === undefined && !inMode ? 1 : 0);
    return { node: ownCall(program, v, v.node), doubts };
  }
  return undefined;
}

/** The statement of the module that a loop outside of any function stands in, such as the loop over the batches. */
function outermost(program: Program, loop: Node): Node {
  let at = loop;
  for (let up = program.parents.get(at); up !== undefined; up = program.parents.get(up)) at = up;
  return at;
}

/** Under `if model.training:`, or where its opposite fails: what an evaluation shares with the training and does not run. */
function onlyInTraining(program: Program, { node, via }: Visit): boolean {
  let training = underTraining(program, node);
  for (let entry = via; entry !== undefined && !training; entry = entry.via)
    training = underTraining(program, entry.call);
  return training;
}

function underTraining(program: Program, node: Node): boolean {
  let below = node;
  for (let up = program.parents.get(node); up !== undefined && up.kind !== 'Function'; ) {
    if (up.kind === 'If' && inTrainingBranch(up, below)) return true;
    below = up;
    up = program.parents.get(up);
  }
  return false;
}

function inTrainingBranch(statement: If, below: Node): boolean {
  const within = (block: Block | null): boolean =>
    block !== null && block.start <= below.start && below.end <= block.end;
  const [first, ...others] = statement.branches;
  if (first === undefined) return false;
  const { test } = first;
  if (test.kind === 'Unary' && test.operator === 'not')
    return asksTraining(test.operand) && others.length === 0 && within(statement.orelse);
  return asksTraining(test) && within(first.body);
}

function asksTraining(test: Expr): boolean {
  return test.kind === 'Attribute' && test.name === 'training';
}

/** `self.models` of `self.models["generator"]`: what is said of one of them is said of all. */
function pathOf(model: Expr): string | undefined {
  return dottedName(model.kind === 'Subscript' ? model.object : model);
}

/** The call that only this evaluation makes: a function that others call too, such as the training, keeps its gradients. */
function ownCall(program: Program, { via }: Visit, forward: Call): Call {
  let own = forward;
  for (let at = via; at !== undefined; at = at.via) {
    const fn = program.functionOf(own);
    const others = fn === undefined || program.callsOf(fn).length > 1 || program.incomingOf(fn).length > 0;
    if (others || program.escapes(fn)) own = at.call;
  }
  return own;
}

function insideForward(within: FunctionDef | undefined): boolean {
  return within !== undefined && /^(forward|__call__|__init__)$/.test(within.name);
}

/** Of the outputs, of one of them when there are several, or of the model. */
function deviceOf(program: Program, call: Call, model: Value): Tri {
  const out = program.valueOf(call);
  for (const v of [out, elementOf(out), model]) if (onCuda(v) !== 'no') return onCuda(v);
  // Of a model that somebody else has made nothing says where it is, in a program that is about a GPU.
  return program.cuda === 'yes' && model.device === Device.none && model.assumed ? 'unknown' : 'no';
}

/** Without anything on a GPU in what the network is given, it is only known where another one of its class was moved. */
function runsOnDevice(program: Program, { args, keywords }: Call): boolean {
  return [...args, ...keywords.map((k) => k.value)].some((arg) => {
    const v = program.valueOf(arg);
    return v.kind === 'unknown' || onCuda(v) !== 'no' || onCuda(elementOf(v)) !== 'no';
  });
}

/** What is handed another network may adapt it, by gradients of its own. */
function takesNetwork(program: Program, { args, keywords }: Call): boolean {
  return [...args, ...keywords.map((k) => k.value)].some((arg) => program.valueOf(arg).kind === 'module');
}

/** Layers or parameters of its own; a module of buffers keeps no graph. */
function hasParameters({ classInfo }: Value): boolean {
  if (classInfo === undefined) return true;
  return [classInfo, ...basesOf(classInfo)].some(
    (info) =>
      !info.libraryBases.every((base) => base === 'torch.nn.Module') ||
      [...info.attributes.values()].some(
        (v) => v.kind === 'module' || (v.kind === 'tensor' && v.grad === 'yes'),
      ),
  );
}

function basesOf(info: ClassInfo, depth = 0): ClassInfo[] {
  return depth > 8 ? [] : info.bases.flatMap((base) => [base, ...basesOf(base, depth + 1)]);
}

/** `model.to("cpu")`, anywhere: from then on it runs where no memory of the GPU is at stake. */
export function isMovedToHost(program: Program, name: string): boolean {
  const last = name.split('.').at(-1);
  return program.syntax.all('Call').some(({ callee, args: [to] }) => {
    if (callee.kind !== 'Attribute' || pathOf(callee.object)?.split('.').at(-1) !== last) return false;
    if (program.valueOf(callee.object).kind !== 'module') return false;
    if (callee.name === 'cpu') return true;
    return callee.name === 'to' && to !== undefined && program.valueOf(to).device === Device.cpu;
  });
}

/** The function (or, at module level, the loop) and all it reaches. */
function texts(program: Program, region: StepRegion): string[] {
  return [program.textOf(region.root), ...[...region.functions].map((f) => program.textOf(f.node))];
}

/** `model.eval()` in the same function, or before the loop at module level. */
function callsEval(around: Node | Program['module'], name: string, loop: Node): boolean {
  let found = false;
  const root = name.split('.')[0];
  const look = (node: Node): boolean | undefined => {
    if (node.kind === 'Function' && node !== around) return false;
    if (node.kind !== 'Call' || node.callee.kind !== 'Attribute' || node.start > loop.end) return undefined;
    const object = pathOf(node.callee.object);
    if (node.callee.name === 'eval' && node.args.length === 0 && (object === name || object === root))
      found = true;
    return undefined;
  };
  if ('text' in around) for (const s of around.body.body) visit(s, look);
  else visit(around, look);
  return found;
}
