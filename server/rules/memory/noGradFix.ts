/** Switches gradients off: for the whole function where it only evaluates, else for the loop. */

import {
  importEdit,
  indentOf,
  indentUnit,
  inOrder,
  lineStart,
  nameOfModule,
  newlineOf,
  standsAlone,
  wrapLines,
} from '../../engine/edits.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { visit } from '../../python/walk.ts';

export function noGradFix(program: Program, region: StepRegion): Fix[] {
  const { text } = program;
  const torch = nameOfModule(program, 'torch');
  const imports: TextEdit[] = torch === undefined ? [importEdit(program, 'torch')] : [];
  const name = torch ?? 'torch';
  const { owner, root } = region;
  // What decorates a coroutine function runs when it is called, not when it is awaited.
  if (root.kind === 'Function' && /^async\b/.test(text.slice(root.defStart, root.defStart + 6))) return [];
  if (owner !== undefined) {
    const info = program.infoOf(owner);
    const work = info === undefined ? undefined : program.work.ofFunction(info, false);
    if (work !== undefined && !work.backward && !work.optimizerStep && !yields(owner)) {
      const at = lineStart(text, owner.defStart);
      const indent = indentOf(text, { start: owner.defStart, end: owner.end });
      if (indent === undefined) return [];
      const edit = { start: at, end: at, text: `${indent}@${name}.no_grad()${newlineOf(text)}` };
      return [
        {
          title: `Decorate ${owner.name}() with @${name}.no_grad()`,
          safety: 'suggestion',
          caveat: 'Right as long as nobody goes backward through what the function returns.',
          edits: inOrder([...imports, edit]),
        },
      ];
    }
  }
  if (root.kind === 'Function' || !standsAlone(text, root)) return [];
  const unit = indentUnit(text, root, root.body.body[0]);
  return [
    {
      title: `Run the loop under ${name}.no_grad()`,
      safety: 'suggestion',
      caveat: 'Right as long as nobody goes backward through what the loop computes.',
      edits: inOrder([...imports, ...wrapLines(text, root, `with ${name}.no_grad():`, unit)]),
    },
  ];
}

/** A generator under the decorator switches gradients off only while it runs: leave those to the loop. */
function yields(owner: NonNullable<StepRegion['owner']>): boolean {
  let found = false;
  visit(owner, (node) => {
    if (node.kind === 'Yield') found = true;
    return undefined;
  });
  return found;
}
