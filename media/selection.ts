/** The marked stretch of a run: how it grows, and its totals as texts. The totals come from the sampler; nothing is added up here. */

import { describeMissing, provenanceTag } from '../contracts/provenance.ts';
import type { DeviceInfo, DeviceTotals, WindowSteps, WindowTotals } from '../contracts/runs.ts';
import { sharedEnergyText, sharedMark } from '../contracts/sharedEnergy.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatPower,
  formatShare,
  formatWattHours,
} from '../contracts/units.ts';
import type { StretchTotals } from '../contracts/viewProtocol.ts';
import type { PanelState } from './state.ts';
import type { Selection } from './view.ts';
import { clockText } from './words.ts';

/** Readings come late, and a counter tells of an edge after it: until then a live run's figures may still change. */
const settledAfterMs = 6_000;
/** Below this share of the time with readings the energy says so. */
const fullCoverage = 0.95;

/** Between two times, in either order and within the run. Null where nothing lies between them. */
export function stretchBetween(state: PanelState, oneMs: number, otherMs: number): Selection | null {
  const endMs = state.run?.durationMs ?? 0;
  const within = (timeMs: number): number => Math.round(Math.min(endMs, Math.max(0, timeMs)));
  const [fromMs, toMs] = [within(Math.min(oneMs, otherMs)), within(Math.max(oneMs, otherMs))];
  return toMs > fromMs ? { fromMs, toMs } : null;
}

/** The end that stays while the cursor moves the other one; the cursor itself where it stands at neither. */
export function anchorOf({ view: { selection }, cursorMs }: PanelState, cursorAt: number): number {
  if (selection === null || cursorMs === null) return cursorAt;
  const at = Math.round(cursorMs);
  if (at === selection.fromMs) return selection.toMs;
  return at === selection.toMs ? selection.fromMs : cursorAt;
}

/** Null before it came. */
export function stretchOf({ stretch, view: { selection }, run }: PanelState): StretchTotals | null {
  return stretch !== null &&
    stretch.runId === run?.runId &&
    stretch.fromMs === selection?.fromMs &&
    stretch.toMs === selection.toMs
    ? stretch
    : null;
}

/** Changes when the totals have to be asked for again: once a second while the run may still tell more of the stretch. */
export function askingTurn({ run, hydrations }: PanelState, { toMs }: Selection): string {
  const open = run !== null && run.state === 'live' && run.durationMs < toMs + settledAfterMs;
  return `${hydrations} ${open ? Math.floor(run.durationMs / 1000) : 'settled'}`;
}

export function stretchText({ fromMs, toMs }: Selection): string {
  const lengthMs = toMs - fromMs;
  const fineMs = lengthMs < 60_000 ? 100 : 1000;
  const length = lengthMs < 60_000 ? `${(lengthMs / 1000).toFixed(1)} s` : formatDuration(lengthMs);
  return `${clockText(fromMs, fineMs)} – ${clockText(toMs, fineMs)} · ${length}`;
}

export interface SelectionFigure {
  readonly label: string;
  readonly value: string;
  readonly partner: string;
}

/** Each absolute figure with its partner. */
export function selectionFigures(totals: WindowTotals): readonly SelectionFigure[] {
  const { energyJ, missing, meanPowerW, idleJ, coverage, sharing, steps } = totals;
  const why = missing === null ? 'no reading' : describeMissing(missing);
  const notes = [
    formatWattHours(energyJ),
    ...(coverage < fullCoverage ? [`${formatShare(coverage)} measured`] : []),
    ...(sharing === undefined ? [] : [`${sharedMark}: ${sharedEnergyText(sharing)}`]),
  ];
  const idle = idleJ === null ? '' : `${formatEnergy(idleJ)} idle`;
  return [
    { label: 'Energy', value: formatEnergy(energyJ), partner: energyJ === null ? why : notes.join(' · ') },
    { label: 'Mean', value: formatPower(meanPowerW), partner: idle },
    ...(steps === undefined ? [] : [stepsFigure(steps, totals)]),
  ];
}

function stepsFigure(steps: WindowSteps | null, { durationMs, stepsSeenMs }: WindowTotals): SelectionFigure {
  const unit = steps?.unit ?? 'step';
  const label = `${unit.charAt(0).toUpperCase()}${unit.slice(1)}s`;
  const perStep = formatPerStep(steps?.perStepJ, null, unit);
  if (steps === null) {
    const seen = stepsSeenMs?.map((timeMs) => clockText(timeMs, 100)).join(' to ');
    const partner = seen === undefined ? 'not known in this time' : `counted from ${seen} only`;
    return { label, value: perStep, partner };
  }
  const count = steps.count.toLocaleString('en', { maximumFractionDigits: 1 });
  const perSecond = durationMs > 0 ? (steps.count * 1000) / durationMs : 0;
  const rate = steps.count > 0 ? ` · ${perSecond.toFixed(perSecond < 10 ? 2 : 1)}/s` : '';
  return { label, value: count, partner: `${perStep}${rate}` };
}

/** `#0 4.1 kJ · 410 W`, or why there is nothing. */
export function deviceTotalsText(devices: readonly DeviceInfo[], totals: DeviceTotals): string {
  const device = devices.find(({ uuid }) => uuid === totals.uuid);
  const why = totals.missing === null ? 'no reading' : describeMissing(totals.missing);
  const value =
    totals.energyJ === null ? why : `${formatEnergy(totals.energyJ)} · ${formatPower(totals.meanPowerW)}`;
  return `#${device?.index ?? '?'} ${value}`;
}

/** With more than one GPU, each one's part. */
export const byDevice = (totals: WindowTotals): readonly DeviceTotals[] =>
  (totals.byDevice?.length ?? 0) > 1 ? (totals.byDevice ?? []) : [];

/** One line that says it all, for a screen reader and for the clipboard. */
export function selectionText(state: PanelState, selection: Selection): string {
  const answer = stretchOf(state);
  const head = `Selected ${stretchText(selection)}`;
  if (answer === null) return head;
  const { totals, failure } = answer;
  if (totals === null) return `${head}: ${failure ?? ''}`;
  const figures = selectionFigures(totals).map(
    ({ label, value, partner }) => `${label} ${value}${partner === '' ? '' : ` (${partner})`}`,
  );
  const devices = state.run?.devices ?? [];
  const parts = byDevice(totals).map((part) => deviceTotalsText(devices, part));
  return `${head}: ${[...figures, ...parts, provenanceTag(totals.provenance)].join('; ')}`;
}
