/** What a file says of gradients that an evaluation may want, or that a network has none to keep. */

import type { Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';

export const needsGradients =
  /volatile\s*=\s*True|requires_grad|autograd\.grad|\.backward\(|enable_grad|fgsm|pgd|attack|saliency|grad_?cam|captum|adversar(?:ial(?!_?loss)|y)|\.perturb\(|torch\.(export|onnx|jit\.trace)|functorch|torch\.func\./i;

/** `loss.data[0]` and `volatile=`: what is written for torch 0.3 has no `no_grad` to be told of. */
export const writtenBefore04 = /\bvolatile\s*=\s*True|\.data\[0\](?!\s*[.[])/;

/** A function of another file that asks for gradients, such as an attack or a model that learns in its forward pass. */
export function asksElsewhere(program: Program, node: Node): boolean {
  return node.kind === 'Call' && program.machine.foreignCalls.get(node)?.summary.asksGradients === true;
}

/** Batches of a class of another file that says of them what gradients they want, `volatile` as before torch 0.4. */
export function takesMarked(program: Program, root: Node): boolean {
  if (root.kind !== 'For') return false;
  const { iterable } = root;
  const over = iterable.kind === 'Call' ? [iterable, ...iterable.args.slice(0, 1)] : [iterable];
  return over
    .flatMap((expr) => [...(program.valueOf(expr).classInfo?.summaries.values() ?? [])])
    .some(({ asksGradients }) => asksGradients);
}

const freezing = new WeakMap<Program, readonly string[]>();

/** What loops such as `for p in model.parameters(): p.requires_grad = False` go over, anywhere in the file. */
function frozenParameters(program: Program): readonly string[] {
  let known = freezing.get(program);
  if (known === undefined) {
    known = program.syntax
      .all('For')
      .filter((loop) => /parameters\(\)/.test(program.textOf(loop.iterable)))
      .filter((loop) => /requires_grad(_\(False\)|\s*=\s*False)/.test(program.textOf(loop)))
      .map((loop) => program.textOf(loop.iterable));
    freezing.set(program, known);
  }
  return known;
}

export function frozen(program: Program, name: string): boolean {
  const root = name.split('.').at(-1) ?? name;
  return frozenParameters(program).some((iterable) => iterable.includes(root));
}
