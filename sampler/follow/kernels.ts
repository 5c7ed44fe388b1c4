/** The process behind a notebook's cells: nobody tells its number, so it is looked for below the editor's own. */

import type { ProcessIdentity, ProcessTable } from '../processes/processTable.ts';
import type { Follow } from './follows.ts';
import type { GpuEvidence } from './gpuEvidence.ts';

/** A shorter cell is no run: most only define something. */
const shortestCellMs = 1_000;
/** Every kernel is started with the path of its connection file. */
const connectionFile = /kernel[^/\\]*\.json$/;

export const isCell = ({ params }: Follow): boolean => params.anchor === 'cell';

/** Whether the cell has ended, or nobody will tell of its end. */
export const isOverCell = (follow: Follow | undefined): boolean =>
  follow !== undefined && isCell(follow) && (follow.ended ?? follow.orphanedMs) !== null;

/** Whether the cell goes on for so long that it counts. */
export const isLongCell = (follow: Follow, nowMs: number): boolean =>
  isCell(follow) && follow.ended === null && nowMs - follow.openedMs >= shortestCellMs;

/**
 * The kernel that holds a GPU and runs the cell: of several the one that works in the notebook's folder, and of those the
 * one that has used the processor most.
 * @param owns whether the process belongs to a run already
 */
export function kernelOf(
  { params }: Follow,
  table: ProcessTable,
  evidence: GpuEvidence,
  listed: ReadonlySet<number>,
  nowMs: number,
  owns: (pid: number) => boolean,
): ProcessIdentity | null {
  const holds = (identity: ProcessIdentity): boolean => {
    const sign = evidence.look(identity, nowMs, listed.has(identity.pid));
    return sign === 'held' || sign === 'simulated';
  };
  const kernels = descendants(params.pid, table).filter(
    (identity) =>
      !owns(identity.pid) &&
      evidence.python(identity) !== null &&
      table.argumentsOf(identity.pid)?.some((argument) => connectionFile.test(argument)) === true &&
      [identity, ...descendants(identity.pid, table)].some(holds),
  );
  const here = kernels.filter(({ pid }) => table.workingFolderOf(pid) === params.cwd);
  const cpuMs = ({ pid }: ProcessIdentity): number => table.usageOf(pid)?.cpuMs ?? 0;
  return (here.length > 0 ? here : kernels).toSorted((a, b) => cpuMs(b) - cpuMs(a))[0] ?? null;
}

function descendants(pid: number, table: ProcessTable): readonly ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  const queue = [...table.childrenOf(pid)];
  const seen = new Set<number>();
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const process = table.look(next);
    if (process !== null) found.push({ pid: next, start: process.start });
    queue.push(...table.childrenOf(next));
  }
  return found;
}
