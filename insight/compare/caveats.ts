/** Why a comparison is weak, in sentences; each is one reason, the gravest first. */

import type { RunSummary } from '../../contracts/runs.ts';
import { formatShare } from '../../contracts/units.ts';

const fewSteps = 50;
const leastCoverage = 0.95;

const devicesOf = ({ devices }: RunSummary): string =>
  devices
    .map(({ name }) => name)
    .sort()
    .join(', ');
const lastName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
const runName = ({ number }: RunSummary): string => `Run ${number}`;

/** `steps`: those compared, warm-up left out. */
export function caveatsOf(
  baseline: RunSummary,
  run: RunSummary,
  steps: { readonly baseline: number; readonly run: number },
): string[] {
  const found: string[] = [];
  const both = [
    [baseline, steps.baseline],
    [run, steps.run],
  ] as const;
  const before = devicesOf(baseline);
  const after = devicesOf(run);
  if (before !== after)
    found.push(`The runs used different GPUs: ${before || 'none'} before, ${after || 'none'} after.`);
  for (const [side, count] of both)
    if (count > 0 && count < fewSteps) found.push(`${runName(side)} has only ${count} steps after warm-up.`);
  for (const [side] of both) {
    if (side.state === 'live') found.push(`${runName(side)} is still running.`);
    if (side.totals.energyJ !== null && side.totals.coverage < leastCoverage)
      found.push(`${runName(side)} has readings for ${formatShare(side.totals.coverage)} of its time only.`);
    if (side.exitCode !== null && side.exitCode !== 0)
      found.push(`${runName(side)} ended with exit code ${side.exitCode}.`);
    if (side.origin === 'debug') found.push(`${runName(side)} ran under the debugger, which slows it.`);
    if (side.totals.sharing !== undefined)
      found.push(`${runName(side)} shared its GPU with other programs: their work is in its energy.`);
    if (side.devices.some(({ attribution }) => attribution === 'unknown'))
      found.push(`It is not certain that the GPUs of ${runName(side).toLowerCase()} were its own.`);
  }
  if (baseline.totals.method !== run.totals.method)
    found.push('One run was measured by the energy counter, the other by adding up power readings.');
  if (baseline.script !== null && run.script !== null && baseline.script !== run.script)
    found.push(
      `The runs started different scripts: ${lastName(baseline.script)} before, ${lastName(run.script)} after.`,
    );
  const totals = [baseline.steps?.total ?? null, run.steps?.total ?? null] as const;
  if (totals[0] !== null && totals[1] !== null && totals[0] !== totals[1])
    found.push(
      `The runs announce different numbers of steps (${totals[0]} and ${totals[1]}): a step may not be the same work.`,
    );
  return found;
}
