import { type Guard, guardOf, otherwise, stronger } from './guards.ts';
import type { Node } from './nodes.ts';
import type { Program } from './program.ts';
import type { StepRegion } from './regions.ts';

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

/** Whether the conditions around a node, in its own function, ask nothing about what comes in, such as its shape. */
export function chosenBySettings(program: Program, node: Node): boolean {
  for (
    let up = program.parents.get(node);
    up !== undefined && up.kind !== 'Function';
    up = program.parents.get(up)
  ) {
    const tests =
      up.kind === 'If' ? up.branches.map((b) => b.test) : up.kind === 'Conditional' ? [up.test] : [];
    if (tests.some((test) => /\.(shape|size|ndim|dim|numel)\b|\blen\(/.test(program.textOf(test))))
      return false;
  }
  return true;
}
