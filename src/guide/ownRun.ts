import type { SamplerLink } from '../samplerLink.ts';
import { curvePoints, type OwnRun } from './ownFigures.ts';

const runsLookedAt = 20;

/**
 * The newest run of this machine with an energy, and its power; null where none was measured.
 *
 * @throws Error where the sampler cannot be asked
 */
export async function ownRun(link: SamplerLink): Promise<OwnRun | null> {
  await link.connect();
  const runs = await link.request('listRuns', { limit: runsLookedAt });
  const newest = runs
    .filter(({ totals, imported }) => totals.energyJ !== null && imported === undefined)
    .toSorted((one, other) => other.startedAtMs - one.startedAtMs)[0];
  const run = newest && (await link.request('getRun', { runId: newest.runId }));
  if (run === undefined || run === null) return null;
  const { runId, durationMs } = run;
  const block = await link.request('series', { runId, fromMs: null, toMs: null, points: curvePoints });
  const rows = block.series.flatMap(({ metric }, at) =>
    metric === 'powerW' ? [block.values[at] ?? []] : [],
  );
  const sums = Array.from({ length: curvePoints }, () => ({ sumW: 0, count: 0 }));
  for (const [at, timeMs] of block.timesMs.entries()) {
    const values = rows.map((row) => row[at] ?? null);
    const column =
      sums[Math.min(curvePoints - 1, Math.floor((timeMs / Math.max(1, durationMs)) * curvePoints))];
    if (column === undefined || values.length === 0 || values.includes(null)) continue;
    column.sumW += values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    column.count += 1;
  }
  return { run, powerW: sums.map(({ sumW, count }) => (count === 0 ? null : sumW / count)) };
}
