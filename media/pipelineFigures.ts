/** What the pipeline page says of a plan, and the figures of its table. */

import type {
  ChosenPlan,
  PipelineChoice,
  PipelineShape,
  ShownFrontier,
  ShownOperation,
} from '../contracts/pipelinePlan.ts';
import { formatEnergy, formatShare, notAvailable } from '../contracts/units.ts';
import type { PanelState } from './state.ts';
import { signedShare } from './verdict.ts';
import type { PipelineForm } from './view.ts';

/** The one page that needs no run: it is about a file. */
export const pipelineAlone = ({ run, view, planning }: PanelState): boolean =>
  run === null &&
  view.tab === 'plan' &&
  view.planPage === 'pipeline' &&
  (planning.pipeline?.profile ?? null) !== null;

/** Null while a field is empty or holds nothing that can be planned with. */
export function shapeOf(form: PipelineForm): PipelineShape | null {
  const { stages, microbatches, blockingPowerW, unitTimeS } = form;
  if (stages === null || microbatches === null || blockingPowerW === null || unitTimeS === null) return null;
  const whole = [stages, microbatches].every((count) => Number.isInteger(count) && count >= 1);
  return whole && blockingPowerW >= 0 && unitTimeS > 0
    ? { stages, microbatches, blockingPowerW, unitTimeS }
    : null;
}

export const choiceOf = ({ straggler }: PipelineForm, at: number | null): PipelineChoice => ({
  at,
  straggler: straggler !== null && straggler >= 1 ? straggler : null,
});

export const iterationText = (timeS: number, energyJ: number): string =>
  `${seconds(timeS)}, ${formatEnergy(energyJ)}`;

/** Four figures: neighbours on a frontier lie a time unit apart. */
export const seconds = (timeS: number): string =>
  timeS >= 1 ? `${timeS.toFixed(3)} s` : `${(timeS * 1000).toPrecision(4)} ms`;

/** `−15 % energy at the same time, against all at the highest frequency`. */
export function savedText(
  { timeS, savedShare, straggler }: ChosenPlan,
  { allHighest }: ShownFrontier,
): string {
  const slower = timeS / allHighest.timeS - 1;
  const time = Math.abs(slower) < 5e-4 ? 'in the same time' : `${signedShare(slower)} time`;
  const beside =
    straggler === null ? '' : `; waiting for the straggler, ${formatEnergy(straggler.waitingJ)}, is counted`;
  return `${signedShare(-savedShare)} energy, ${time}, against all at the highest frequency${beside}`;
}

/** What the plan means for the straggler that is waited for. */
export function stragglerText({ timeS, straggler }: ChosenPlan): string {
  if (straggler === null) return '';
  const late = timeS - straggler.timeS;
  return late > 1e-9
    ? `Slower than the straggler by ${seconds(late)}: everybody would wait for this pipeline.`
    : `The straggler of ${straggler.factor} × ends at ${seconds(straggler.timeS)}.`;
}

/** A stage's iteration: which frequencies, how much of the time it works, what that takes. */
export interface StageFigures {
  readonly stage: number;
  readonly forwardMHz: string;
  readonly backwardMHz: string;
  readonly busyShare: number;
  readonly workJ: number;
  readonly criticalShare: number;
}

export function stageFigures(operations: readonly ShownOperation[], timeS: number): readonly StageFigures[] {
  const byStage = new Map<number, ShownOperation[]>();
  for (const operation of operations) {
    const own = byStage.get(operation.stage);
    if (own === undefined) byStage.set(operation.stage, [operation]);
    else own.push(operation);
  }
  return [...byStage].map(([stage, own]) => ({
    stage,
    forwardMHz: rangeText(own.filter(({ backward }) => !backward)),
    backwardMHz: rangeText(own.filter(({ backward }) => backward)),
    busyShare: own.reduce((sum, operation) => sum + operation.timeS, 0) / timeS,
    workJ: own.reduce((sum, { energyJ }) => sum + energyJ, 0),
    criticalShare: own.filter(({ critical }) => critical).length / own.length,
  }));
}

function rangeText(operations: readonly ShownOperation[]): string {
  if (operations.length === 0) return notAvailable;
  const all = operations.map(({ frequencyMHz }) => frequencyMHz);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return least === most ? `${least}` : `${least}–${most}`;
}

/** The rows of the table that says what the two schedules show. */
export function stageRows(
  before: readonly StageFigures[],
  after: readonly StageFigures[],
): readonly (readonly string[])[] {
  return after.map((now, at) => {
    const then = before[at] ?? now;
    return [
      `${now.stage}`,
      now.forwardMHz,
      now.backwardMHz,
      `${formatShare(then.busyShare)} → ${formatShare(now.busyShare)}`,
      formatShare(now.criticalShare),
      formatEnergy(now.workJ),
      signedShare(now.workJ / then.workJ - 1),
    ];
  });
}

/** What prints the same on the command line; the profile is named as in its own folder. */
export function pipelineCommand(name: string, { shape }: ShownFrontier, straggler: number | null): string {
  const { stages, microbatches, blockingPowerW, unitTimeS } = shape;
  const quoted = /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
  const beside = straggler === null ? '' : ` --straggler ${straggler}`;
  return `perjoule plan pipeline ${quoted} --stages ${stages} --microbatches ${microbatches} --blocking-power ${blockingPowerW} --unit-time ${unitTimeS}${beside}`;
}
