/** Where a step brings the batch that its loader gave to the device. */

import { inserted } from '../../engine/argumentEdits.ts';
import type { TextEdit } from '../../engine/finding.ts';
import { moveOf } from '../../python/devices.ts';
import type { Call, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { Device, type Tri } from '../../python/values.ts';
import { boundNames, visit } from '../../python/walk.ts';

export interface BatchMove {
  /** `images.to(device)`. */
  readonly call: Call;
  /** The name of the batch, or of the part of it. */
  readonly name: string;
  readonly device: Tri;
}

/** Moves of what the step's own loop yields, the whole batch or a part; not those of anything made of it. */
export function batchMoves(program: Program, region: StepRegion): BatchMove[] {
  if (region.root.kind !== 'For') return [];
  const names = new Set(boundNames(region.root.target));
  const out: BatchMove[] = [];
  for (const { node, within, guard } of region.visits) {
    if (node.kind !== 'Call' || within !== region.owner || guard === 'cadence') continue;
    if (node.callee.kind !== 'Attribute' || !/^(to|cuda)$/.test(node.callee.name)) continue;
    const to = moveOf(program.machine, node, node.callee.name);
    if (to === undefined || (to.device & (Device.cuda | Device.some)) === 0) continue;
    const name = partOfBatch(node.callee.object, names);
    if (name === undefined || isRebound(program, region, name, node)) continue;
    out.push({ call: node, name, device: (to.device & Device.cuda) !== 0 ? 'yes' : 'unknown' });
  }
  return out;
}

/** `images`, `batch["image"]`, `batch[0]`: the loop's name at the root. */
function partOfBatch(expr: Expr, names: ReadonlySet<string>): string | undefined {
  let at = expr;
  while (at.kind === 'Subscript') {
    if (at.indices.some((i) => i.kind !== 'String' && i.kind !== 'Number')) return undefined;
    at = at.object;
  }
  return at.kind === 'Name' && names.has(at.id) ? at.id : undefined;
}

/** Something else has taken the name before, or the batch was changed on the host: it is not the loader's memory any more. */
function isRebound(program: Program, region: StepRegion, name: string, before: Call): boolean {
  const own = program.statementOf(before);
  let found = false;
  for (const statement of region.body.body)
    visit(statement, (node) => {
      const targets = node.kind === 'Assign' ? node.targets : node.kind === 'AugAssign' ? [node.target] : [];
      found ||= node !== own && node.end <= before.start && targets.some((t) => boundNames(t).includes(name));
      return undefined;
    });
  return found;
}

/** A second word beside the device may be the flag itself, by its position; before Python 3.7 it was called `async`. */
export const isWaitedFor = (program: Program, { call }: Pick<BatchMove, 'call'>): boolean =>
  !/\basync\s*=/.test(program.textOf(call)) &&
  call.keywords.every((k) => k.name !== 'non_blocking' && k.name !== null) &&
  call.args.length <= 1;

export const withoutWaiting = (program: Program, moves: readonly BatchMove[]): TextEdit[] =>
  moves.flatMap(({ call }) => inserted(program, call, ['non_blocking=True']));
