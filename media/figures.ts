/** The big numbers: each an absolute figure with its partner and with the tag that says how good it is. */

import { describeMissing, type Provenance, provenanceTag } from '../contracts/provenance.ts';
import type { EnergyTotals, RunDetail, StepFigures } from '../contracts/runs.ts';
import { sharedEnergyText, sharedMark } from '../contracts/sharedEnergy.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatPower,
  formatShare,
  formatWattHours,
  notAvailable,
} from '../contracts/units.ts';
import { wallEnergyText } from '../contracts/wallEnergy.ts';
import type { PanelState } from './state.ts';
import { latest } from './timeline.ts';

export interface Figure {
  readonly id: 'power' | 'energy' | 'perStep' | 'idle';
  readonly label: string;
  readonly value: string;
  /** Stands small after the value, such as a spread. */
  readonly spread: string;
  readonly partner: string;
  /** What must be known beside them, such as time without readings. */
  readonly note: string;
  readonly tag: string;
  /** The tag in full. */
  readonly tagTitle: string;
  readonly simulated: boolean;
  readonly title: string;
}

/** A reading older than this is not "now". */
const staleMs = 5_000;
/** Below this share of the time with readings the total says so. */
const fullCoverage = 0.95;

export function figuresOf(state: PanelState): readonly Figure[] {
  const { run } = state;
  if (run === null) return [];
  return [powerFigure(state, run), energyFigure(run.totals), perStepFigure(run), idleFigure(run.totals)];
}

/** Sum over the run's GPUs of their last readings; undefined when none is fresh. */
export function powerNow(state: PanelState, run: RunDetail): { value: number; devices: number } | undefined {
  const readings = run.devices
    .map(({ uuid }) => latest(state.curves.whole, `${uuid}/powerW`))
    .filter((reading) => reading !== undefined && run.durationMs - reading.timeMs <= staleMs);
  if (readings.length === 0) return undefined;
  return {
    value: readings.reduce((sum, reading) => sum + (reading?.value ?? 0), 0),
    devices: readings.length,
  };
}

function powerFigure(state: PanelState, run: RunDetail): Figure {
  const mean = run.totals.meanPowerW;
  const frame = {
    id: 'power',
    spread: '',
    note: '',
    ...tagOf(run.devices[0]?.provenance ?? run.totals.provenance),
  } as const;
  if (run.state !== 'live') {
    return {
      ...frame,
      ...tagOf(run.totals.provenance),
      label: 'Mean power',
      value: formatPower(mean),
      partner: `over ${formatDuration(run.durationMs)}`,
      title: "Mean power of the run's GPUs over the measured time",
    };
  }
  const now = powerNow(state, run);
  const partial = now !== undefined && now.devices < run.devices.length;
  return {
    ...frame,
    // How good a reading would be says nothing while there is none.
    ...(now === undefined && run.totals.missing !== null ? tagOf(null) : {}),
    label: 'Power now',
    value: formatPower(now?.value),
    partner: partial ? `${now.devices} of ${run.devices.length} GPUs` : `mean ${formatPower(mean)}`,
    title: "Sum of the last readings of the run's GPUs",
  };
}

function energyFigure(totals: EnergyTotals): Figure {
  const missing = totals.energyJ === null;
  const covered = totals.coverage >= fullCoverage;
  const why = totals.missing === null ? 'no reading' : describeMissing(totals.missing);
  const witness =
    totals.witnessJ === null
      ? ''
      : ` ${totals.method === 'counter' ? 'Integration of power' : 'The counter'} says ${formatEnergy(totals.witnessJ)}.`;
  const notes = [
    ...(covered ? [] : [`${formatShare(totals.coverage)} measured`]),
    ...(totals.sharing === undefined ? [] : [sharedMark]),
  ];
  const shared = totals.sharing === undefined ? '' : ` The GPU was ${sharedEnergyText(totals.sharing)}.`;
  // Never without its gain and offset, for which the tile has no room.
  const wall = totals.wall === undefined ? '' : ` At the wall ${wallEnergyText(totals.wall)}.`;
  return {
    id: 'energy',
    label: 'Energy',
    value: formatEnergy(totals.energyJ),
    spread: '',
    partner: missing ? why : formatWattHours(totals.energyJ),
    note: missing ? '' : notes.join(' · '),
    ...tagOf(totals.provenance),
    title: `Energy of the run's GPUs${totals.method === null ? '' : ` by ${totals.method}`}.${witness}${shared}${wall}`,
  };
}

function perStepFigure(run: RunDetail): Figure {
  const { steps, totals } = run;
  const [value = notAvailable, spread = ''] = splitSpread(
    formatPerStep(steps?.perStepJ, steps?.spreadJ, steps?.unit),
  );
  return {
    id: 'perStep',
    label: `Energy per ${steps?.unit ?? 'step'}`,
    value,
    spread,
    partner: stepsText(steps, run.state === 'live'),
    note: '',
    ...tagOf(totals.provenance),
    title:
      steps === null
        ? 'Steps are read from the progress line that the program prints, such as that of tqdm'
        : `± is the standard deviation between blocks of ${steps.unit ?? 'step'}s, warm-up left out`,
  };
}

function stepsText(steps: StepFigures | null, live: boolean): string {
  if (steps === null) return live ? 'no progress line yet' : 'no progress line seen';
  const name = `${steps.unit ?? 'step'}s`;
  const count = steps.count.toLocaleString('en', { maximumFractionDigits: 1 });
  const done =
    steps.total === null ? `${count} ${name}` : `${count} / ${steps.total.toLocaleString('en')} ${name}`;
  if (steps.perStepJ === null && live) return `${done} · warming up`;
  return steps.stepsPerSecond === null ? done : `${done} · ${rate(steps.stepsPerSecond)}`;
}

const rate = (perSecond: number): string => `${perSecond.toFixed(perSecond < 10 ? 2 : 1)}/s`;

function idleFigure(totals: EnergyTotals): Figure {
  const { idleJ, energyJ } = totals;
  const share = idleJ === null || energyJ === null || energyJ <= 0 ? undefined : idleJ / energyJ;
  return {
    id: 'idle',
    label: 'Idle',
    value: formatShare(share),
    spread: '',
    note: '',
    partner: idleJ === null ? 'not known' : `${formatEnergy(idleJ)} idle`,
    ...tagOf(totals.provenance),
    title: 'Energy that the GPUs drew while no kernel ran, and its share of the total',
  };
}

function splitSpread(text: string): readonly string[] {
  const at = text.indexOf(' ±');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** The band of a simulated sensor is left to the tooltip: "simulated" and the method must fit beside the label. */
function tagOf(provenance: Provenance | null): Pick<Figure, 'tag' | 'tagTitle' | 'simulated'> {
  const simulated = provenance?.simulated ?? false;
  const short = provenance !== null && simulated ? { ...provenance, band: null } : provenance;
  return { tag: provenanceTag(short), tagTitle: provenanceTag(provenance), simulated };
}
