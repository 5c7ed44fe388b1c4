/** Why a comparison is weak, in sentences; each is one reason, the gravest first. */

import type { RunSummary } from '../../contracts/runs.ts';
import { formatShare } from '../../contracts/units.ts';
import type { RunConditions } from './runConditions.ts';
import { batchSizes } from './sameWork.ts';

const fewSteps = 50;
/** Share of a run's time with readings, below which its figures are weak. */
export const leastCoverage = 0.95;
/** A warmer chip leaks more: some percent of its power over so many degrees. */
const warmerByC = 10;
const slowedShare = 0.01;

/** A run, and what of it was compared. */
export interface ComparedRun {
  readonly summary: RunSummary;
  /** Those compared, warm-up left out. */
  readonly steps: number;
  readonly conditions: RunConditions | undefined;
}

/** Sorted, so that runs on the same models can be told. */
export const gpuNames = ({ devices }: RunSummary): string =>
  devices
    .map(({ name }) => name)
    .sort()
    .join(', ');
const boardsOf = ({ devices }: RunSummary): string =>
  devices
    .map(({ uuid }) => uuid)
    .sort()
    .join(' ');
const lastName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
const runName = ({ number }: RunSummary): string => `Run ${number}`;

export function caveatsOf(before: ComparedRun, after: ComparedRun): string[] {
  const { summary: baseline } = before;
  const { summary: run } = after;
  return [
    ...otherGpu(baseline, run),
    ...[before, after].flatMap(({ summary, steps }) =>
      steps > 0 && steps < fewSteps ? [`${runName(summary)} has only ${steps} steps after warm-up.`] : [],
    ),
    ...[baseline, run].flatMap(ofOneRun),
    ...thermal(before, after),
    ...otherWork(baseline, run),
  ];
}

function otherGpu(baseline: RunSummary, run: RunSummary): string[] {
  const [before, after] = [gpuNames(baseline), gpuNames(run)];
  // Of a run that was not measured no GPU is known.
  if (before === '' || after === '') return [];
  if (before !== after) return [`The runs used different GPUs: ${before} before, ${after} after.`];
  // A simulated GPU and one of a file have no lasting identity.
  const told = [baseline, run].every(({ simulated, imported }) => !simulated && imported === undefined);
  return told && boardsOf(baseline) !== boardsOf(run)
    ? ['The runs used different boards of the same model, which may differ by some percent.']
    : [];
}

function ofOneRun(side: RunSummary): string[] {
  const found: string[] = [];
  if (side.imported !== undefined)
    found.push(`${runName(side)} was imported (${side.imported.format}): this machine did not measure it.`);
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
  return found;
}

function thermal(before: ComparedRun, after: ComparedRun): string[] {
  const found: string[] = [];
  for (const { summary, conditions } of [before, after])
    if ((conditions?.slowedDown ?? 0) >= slowedShare)
      found.push(
        `The GPUs of ${runName(summary).toLowerCase()} were slowed by heat or hardware for ${formatShare(conditions?.slowedDown)} of the time.`,
      );
  const [cold, warm] = [before.conditions?.temperatureC ?? null, after.conditions?.temperatureC ?? null];
  if (cold !== null && warm !== null && Math.abs(cold - warm) >= warmerByC)
    found.push(
      `The GPUs were at ${Math.round(cold)} °C before and ${Math.round(warm)} °C after: a warmer GPU draws more for the same work.`,
    );
  return found;
}

function otherWork(baseline: RunSummary, run: RunSummary): string[] {
  const found: string[] = [];
  const methods = [baseline.totals.method, run.totals.method];
  if (!methods.includes(null) && methods[0] !== methods[1])
    found.push('One run was measured by the energy counter, the other by adding up power readings.');
  if (baseline.script !== null && run.script !== null && baseline.script !== run.script)
    found.push(
      `The runs started different scripts: ${lastName(baseline.script)} before, ${lastName(run.script)} after.`,
    );
  const { before, after } = batchSizes(baseline, run);
  if (before !== undefined && after !== undefined && before !== after)
    found.push(
      `The commands name different batch sizes (${before} and ${after}): a step is not the same work.`,
    );
  const totals = [baseline.steps?.total ?? null, run.steps?.total ?? null] as const;
  if (totals[0] !== null && totals[1] !== null && totals[0] !== totals[1])
    found.push(
      `The runs announce different numbers of steps (${totals[0]} and ${totals[1]}): a step may not be the same work.`,
    );
  return found;
}
