/** What has the form of a run and yet was measured by no machine: it would spoil the figures of all other runs. */

import { isDate, isoTime } from '../../contracts/dateText.ts';
import type { RunRecord } from '../../contracts/runFile.ts';
import { RunFileError } from './shape.ts';

/** The clock of another machine may be ahead by so much. One that was never set is in 1970, which is a date like others. */
const mostAheadMs = 24 * 3_600_000;
/** W of all that a file tells as one GPU: CodeCarbon's is all of a machine. No machine draws as much. */
export const mostPowerW = 1e6;
/** A counter is read a little before and after the run. */
const slackMs = 1000;

/** @throws RunFileError for a start that is no date, or lies in the future */
export function checkStart(startedAtMs: number, nowMs: number): void {
  if (!isDate(startedAtMs))
    throw new RunFileError(
      `The run's start, ${startedAtMs} ms after 1970, is no date; correct run.startedAtMs or the time in the file.`,
    );
  if (startedAtMs > nowMs + mostAheadMs)
    throw new RunFileError(
      `The run's start, ${isoTime(startedAtMs)}, lies more than a day ahead; correct the time in the file, or the clock of this machine.`,
    );
}

const mostEnergyJ = (powerW: number, durationMs: number): number => (powerW * (durationMs + slackMs)) / 1000;

/** @throws RunFileError for joules or watts that the run's GPUs cannot have drawn in its time */
export function checkDrawn({ run, stepMarks }: RunRecord): void {
  const { totals, steps, waste, heldAfter } = run;
  const mostW = mostPowerW * Math.max(1, run.devices.length);
  const mostJ = mostEnergyJ(mostW, run.durationMs);
  const joules: readonly (readonly [at: string, value: number | null | undefined])[] = [
    ['run.totals.energyJ', totals.energyJ],
    ['run.totals.witnessJ', totals.witnessJ],
    ['run.totals.idleJ', totals.idleJ],
    ['run.totals.sharing.runJ', totals.sharing?.runJ],
    ['run.totals.sharing.othersJ', totals.sharing?.othersJ],
    ['run.totals.sharing.unattributedJ', totals.sharing?.unattributedJ],
    ['run.totals.wall.energyJ', totals.wall?.energyJ],
    ['run.steps.perStepJ', steps?.perStepJ],
    ['run.steps.spreadJ', steps?.spreadJ],
    ...waste.map(({ energyJ }, index) => [`run.waste[${index}].energyJ`, energyJ] as const),
    ...waste.map(({ whatIf }, index) => [`run.waste[${index}].whatIf.energyJ`, whatIf?.energyJ[1]] as const),
    ...stepMarks.map(({ energyJ }, index) => [`stepMarks[${index}].energyJ`, energyJ] as const),
  ];
  const beyond =
    joules.find(([, value]) => (value ?? 0) > mostJ)?.[0] ??
    ((heldAfter?.energyJ ?? 0) > mostEnergyJ(mostW, heldAfter?.durationMs ?? 0)
      ? 'run.heldAfter.energyJ'
      : undefined);
  if (beyond !== undefined)
    throw new RunFileError(
      `${beyond} is more than the run's GPUs can have drawn in its time (${mostPowerW / 1000} kW each); correct it in the file.`,
    );
  if ((totals.meanPowerW ?? 0) > mostW)
    throw new RunFileError(
      `run.totals.meanPowerW is more than GPUs draw (${mostPowerW / 1000} kW each); correct it in the file.`,
    );
}
