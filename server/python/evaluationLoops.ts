/**
 * Loops that run a network in evaluation mode once each turn, over whatever they go: slices of a text, requests, files, a
 * loader that nobody can see. What tells them is `eval()` of that very network before the loop, that the network is
 * handed what it remembers of the turns before, as when token after token is made, that what it gives is cut off from its
 * graph, that the code itself switches gradients off for it, or that a function named for it moves each turn's batch.
 */

import { speaksOfEpochs } from './epochs.ts';
import { type EvaluationMode, passedAs, rootOf } from './evaluationMode.ts';
import { goesOverFew } from './fewTurns.ts';
import { endsInFirstTurn } from './firstTurn.ts';
import { gradientsOffAround } from './inferenceLoops.ts';
import type { Interpreter } from './interpreter.ts';
import type { Call, Expr, For, FunctionDef, Node, While } from './nodes.ts';
import type { Parents } from './syntax.ts';
import { boundNames, dottedName, visit, visitOwn } from './walk.ts';
import { networkRun, type WorkFinder } from './work.ts';

/** What tells that a loop evaluates: the mode of a network, or that nothing in it can go backward. */
type Evidence = 'mode' | 'noGradients';

export function evaluationLoops(
  machine: Interpreter,
  work: WorkFinder,
  mode: EvaluationMode,
  loops: readonly (For | While)[],
  roots: ReadonlySet<Node>,
  parents: Parents,
): Map<For | While, Evidence> {
  const found = new Map<For | While, Evidence>();
  for (const loop of loops) {
    if (roots.has(loop) || short(machine, loop) || !takesTurns(loop)) continue;
    if ([...roots].some((other) => other.start <= loop.end && loop.start <= other.end)) continue;
    const deep = work.ofBlock(loop.body, false);
    if (!deep.forward || deep.backward || deep.optimizerStep) continue;
    const evidence = evidenceOf(machine, work, mode, loop, parents);
    if (evidence !== undefined) found.set(loop, evidence);
  }
  return found;
}

function evidenceOf(
  machine: Interpreter,
  work: WorkFinder,
  mode: EvaluationMode,
  loop: For | While,
  parents: Parents,
): Evidence | undefined {
  // A turn that goes over steps of its own is no step, such as the drawing of one picture.
  if (callsStepLoop(machine, work, loop.body.body)) return undefined;
  const runs = forwards(machine, mode, parents, loop.body.body);
  const owner = around(loop, parents);
  if (runs.decodes || runs.cutOff) return 'mode';
  if (runs.models.some((model) => mode.holds(model, owner, loop.start))) return 'mode';
  // `for layer in layers: x = layer(x)` and `net = load(path)`: each turn has another network.
  const own = boundInTurn(loop);
  if (runs.models.length === 0 || runs.models.some((model) => own.has(rootOf(model)))) return undefined;
  if (runs.evaluates) return 'mode';
  if (runs.off || gradientsOffAround(loop, parents)) return 'noGradients';
  return denoises(machine, loop, owner) || validates(loop, owner) ? 'noGradients' : undefined;
}

function boundInTurn(loop: For | While): Set<string> {
  const names = new Set(loop.kind === 'For' ? boundNames(loop.target) : []);
  for (const statement of loop.body.body)
    visitOwn(statement, (node) => {
      if (node.kind === 'Assign')
        for (const target of node.targets) for (const name of boundNames(target)) names.add(name);
      return undefined;
    });
  return names;
}

/** Whether a function that a turn calls, other than a network, runs one in a loop. */
function callsStepLoop(
  machine: Interpreter,
  work: WorkFinder,
  body: readonly Node[],
  seen = new Set<FunctionDef>(),
  depth = 0,
): boolean {
  let found = false;
  for (const statement of body)
    visitOwn(statement, (node) => {
      if (found) return false;
      if (depth > 0 && (node.kind === 'For' || node.kind === 'While')) {
        found = work.ofBlock(node.body, false).forward;
        return false;
      }
      if (node.kind !== 'Call' || networkRun(machine, node) !== undefined) return undefined;
      const foreign = machine.foreignCalls.get(node)?.summary;
      if (foreign?.work.forward === true && !foreign.shallowWork.forward) found = true;
      if (depth < deepestCall)
        for (const { node: fn } of machine.targets.get(node) ?? [])
          if (!found && !seen.has(fn)) {
            seen.add(fn);
            found = callsStepLoop(machine, work, fn.body.body, seen, depth + 1);
          }
      return undefined;
    });
  return found;
}

/** Over the times or noise levels of a diffusion, and no part of a pass that goes over what was recorded in time. */
function denoises(machine: Interpreter, loop: For | While, owner: FunctionDef | undefined): boolean {
  if (loop.kind === 'While' || owner === undefined || owner.name === 'forward') return false;
  const head = machine.module.text.slice(loop.iterable.start, loop.iterable.end);
  return /\b(t_steps|time_?steps|time_pairs|sigmas)\b/.test(head) && !/\brange\(/.test(head);
}

const validation =
  /^_?(run_)?(val|valid|validate|validation|eval|evaluate|evaluation|test)(_(one_)?(epoch|loop|model|net|network))?$/;

/** By what its function is called, over batches: a turn moves what it is given to the device. */
function validates(loop: For | While, owner: FunctionDef | undefined): boolean {
  if (loop.kind === 'While' || owner === undefined || !validation.test(owner.name)) return false;
  const names = boundNames(loop.target);
  let found = false;
  for (const statement of loop.body.body)
    visit(statement, (node) => {
      if (node.kind !== 'Call' || node.callee.kind !== 'Attribute' || !/^(to|cuda)$/.test(node.callee.name))
        return undefined;
      let of: Expr = node.callee.object;
      while (of.kind === 'Subscript' || of.kind === 'Attribute') of = of.object;
      found ||= of.kind === 'Name' && names.includes(of.id);
      return undefined;
    });
  return found;
}

interface Forwards {
  /** The networks that run, by the names they go by there. */
  readonly models: readonly string[];
  /** One is handed what it remembers of the turn before. */
  readonly decodes: boolean;
  /** A function that is called puts one into evaluation mode and runs it. */
  readonly evaluates: boolean;
  /** What one gives is only taken without its graph. */
  readonly cutOff: boolean;
  /** All of them run without gradients. */
  readonly off: boolean;
}

const deepestCall = 3;

/** The networks that a turn runs, also by the functions that it calls, without what stands in loops inside. */
function forwards(
  machine: Interpreter,
  mode: EvaluationMode,
  parents: Parents,
  body: readonly Node[],
  known = new Map<FunctionDef, Forwards>(),
  depth = 0,
): Forwards {
  const models: string[] = [];
  let [decodes, evaluates, cutOff, off] = [false, false, false, true];
  for (const statement of body)
    visit(statement, (node) => {
      if (node.kind === 'For' || node.kind === 'While' || node.kind === 'Function' || node.kind === 'Lambda')
        return false;
      if (node.kind !== 'Call') return undefined;
      const network = networkRun(machine, node);
      if (network !== undefined) {
        const name = dottedName(network);
        if (name !== undefined) models.push(name);
        off &&= gradientsOffAround(node, parents);
        cutOff ||= depth === 0 && isCutOff(node, body, parents);
        decodes ||= depth === 0 && node.keywords.some((k) => k.name === 'past_key_values');
      } else if (depth < deepestCall)
        for (const { node: fn } of machine.targets.get(node) ?? []) {
          const inner = known.get(fn) ?? forwards(machine, mode, parents, fn.body.body, known, depth + 1);
          known.set(fn, inner);
          evaluates ||= inner.evaluates || inner.models.some((name) => mode.isSwitchedIn(fn, name));
          models.push(...inner.models.flatMap((name) => nameAtCall(machine, node, fn, name) ?? []));
          off &&= inner.off || gradientsOffAround(node, parents);
        }
      return undefined;
    });
  return { models, decodes, evaluates, cutOff, off };
}

/** `out = model(x)` of which nothing but `out.detach()` is read: nobody goes backward through it. */
function isCutOff(call: Call, body: readonly Node[], parents: Parents): boolean {
  if (isDetached(call, parents)) return true;
  const up = parents.get(call);
  const target = up?.kind === 'Assign' && up.value === call ? up.targets[0] : undefined;
  if (target?.kind !== 'Name') return false;
  let [detached, other] = [false, false];
  for (const statement of body)
    visit(statement, (node) => {
      if (node.kind !== 'Name' || node.id !== target.id || node === target) return undefined;
      if (isDetached(node, parents)) detached = true;
      else other = true;
      return undefined;
    });
  return detached && !other;
}

/** `x.detach()`, also of a part of it. */
function isDetached(expr: Expr, parents: Parents): boolean {
  for (let at: Node = expr; ; ) {
    const up = parents.get(at);
    if (up?.kind === 'Attribute' && up.name === 'detach') return true;
    if (!((up?.kind === 'Attribute' || up?.kind === 'Subscript') && up.object === at)) return false;
    at = up;
  }
}

/** What a name of a function stands for where the function is called. */
export function nameAtCall(
  machine: Interpreter,
  call: Call,
  fn: FunctionDef,
  name: string,
): string | undefined {
  const root = rootOf(name);
  const passed = passedAs(call, fn, root);
  const own = root === 'self' && call.callee.kind === 'Attribute' ? call.callee.object : undefined;
  const given = passed ?? own;
  // A name of the module, or of a function around both.
  if (given === undefined && machine.scopes.names.get(fn)?.locals.has(root) === false) return name;
  const path = given === undefined ? undefined : dottedName(given);
  return path === undefined ? undefined : path + name.slice(root.length);
}

/** Over epochs, or a few turns by its text. */
function short(machine: Interpreter, loop: For | While): boolean {
  const head = loop.kind === 'For' ? loop.iterable : loop.test;
  const text = machine.module.text.slice(loop.start, head.end);
  if (endsInFirstTurn(loop.body)) return true;
  if (speaksOfEpochs(text) || /warm_?up|trial|repeat/i.test(text)) return true;
  if (loop.kind === 'While') return false;
  return goesOverFew(machine, loop.iterable);
}

/** Whether a turn does something with what the loop goes over; one that only counts measures the same pass again. */
function takesTurns(loop: For | While): boolean {
  if (loop.kind === 'While') return true;
  const names = boundNames(loop.target);
  let found = false;
  for (const statement of loop.body.body)
    visit(statement, (node) => {
      if (node.kind !== 'Call' && node.kind !== 'Subscript' && node.kind !== 'Assign') return undefined;
      const parts = node.kind === 'Call' ? [...node.args, ...node.keywords.map((k) => k.value)] : [node];
      for (const part of parts)
        visit(part, (inner) => {
          found ||= inner.kind === 'Name' && names.includes(inner.id);
          return undefined;
        });
      return undefined;
    });
  return found;
}

function around(node: Node, parents: Parents): FunctionDef | undefined {
  for (let up = parents.get(node); up !== undefined; up = parents.get(up))
    if (up.kind === 'Function') return up;
  return undefined;
}
