/** Keeps the values of a step on the device: sums and lists stay there until after the loop, records are written every N steps. */

import { indentUnit, inOrder, standsAlone, wrapLines } from '../../engine/edits.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import type { Node, Stmt } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { DeviceRead } from './deviceReads.ts';
import { type StepCounter, stepCounter } from './stepCounter.ts';
import { SyncPlan } from './syncPlan.ts';

export const cadence = 50;
/** Nobody can look over a fix of more. */
const mostReads = 200;

/** One fix for all reads of the region, or none: half a fix would leave the waits in place. */
export function syncFix(program: Program, region: StepRegion, reads: readonly DeviceRead[]): Fix[] {
  if (reads.length > mostReads) return [];
  const plan = new SyncPlan(program, region);
  for (const read of reads) if (!plan.add(read)) return [];
  const edits: TextEdit[] = [...plan.edits()];
  const guarded = groups(program, plan.guarded);
  if (guarded === undefined) return [];
  if (guarded.length > 0) {
    const unit = indentUnit(program.text, region.root, region.body.body[0]);
    let common: StepCounter | undefined;
    for (const group of guarded) {
      const own = ownCounter(program, region, group.first);
      if (own === undefined) return [];
      if (own === 'step') common ??= stepCounter(program, region);
      const name = own === 'step' ? common?.name : own;
      if (name === undefined) return [];
      edits.push(...wrapLines(program.text, group, `if ${name} % ${cadence} == 0:`, unit));
    }
    edits.push(...(common?.edits ?? []));
  }
  if (edits.length === 0) return [];
  const parts: string[] = [];
  if (guarded.length > 0) parts.push(`Lines that print or log then run every ${cadence} steps.`);
  if (plan.sums) parts.push('Sums are kept on the GPU in the precision of their tensor.');
  return [
    {
      title:
        guarded.length > 0
          ? `Keep the values on the GPU and read them every ${cadence} steps`
          : 'Keep the values on the GPU and read them once after the loop',
      safety: 'suggestion',
      caveat: parts.join(' '),
      edits: inOrder(edits),
    },
  ];
}

interface Group {
  start: number;
  end: number;
  readonly first: Stmt;
}

/**
 * What counts the runs of a statement: the step, or, where it runs only on some steps (gradient accumulation), a counter beside it.
 * Two cadences on top of each other may never meet.
 */
function ownCounter(program: Program, region: StepRegion, statement: Stmt): string | undefined {
  let below: Node = statement;
  for (
    let up = program.parents.get(statement);
    up !== undefined && up !== region.root;
    below = up, up = program.parents.get(up)
  ) {
    if (up.kind !== 'If') continue;
    const inside = below;
    const branch = up.branches.find((b) => b.body.body.some((s) => s === inside));
    if (branch === undefined || !/sync_gradients|accum|%/.test(program.textOf(branch.test))) continue;
    for (const s of branch.body.body)
      if (
        s.kind === 'AugAssign' &&
        s.operator === '+=' &&
        s.target.kind === 'Name' &&
        program.textOf(s.value) === '1' &&
        s.start < statement.start
      )
        return s.target.id;
    return undefined;
  }
  return 'step';
}

/** Neighbours in one block share one `if`. Undefined when a statement cannot be moved. */
function groups(program: Program, statements: ReadonlySet<Stmt>): Group[] | undefined {
  const sorted = [...statements].sort((a, b) => a.start - b.start);
  const out: Group[] = [];
  for (const statement of sorted) {
    if (!standsAlone(program.text, statement)) return undefined;
    const last = out.at(-1);
    const between = last === undefined ? 'x' : program.text.slice(last.end, statement.start);
    // Only white space and comments lie between neighbours.
    const neighbours = between.split('\n').every((line) => /^\s*(#.*)?$/.test(line));
    const parent = program.parents.get(statement);
    const before = sorted[sorted.indexOf(statement) - 1];
    if (last !== undefined && neighbours && before !== undefined && program.parents.get(before) === parent)
      last.end = statement.end;
    else out.push({ start: statement.start, end: statement.end, first: statement });
  }
  return out;
}
