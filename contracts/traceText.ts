/** A trace's reading in words, the same for the panel, the command line and Markdown. What comes from the trace is plain text. */

import type {
  TraceDevice,
  TracedHint,
  TraceFrame,
  TraceReading,
  TraceSummary,
  TraceVerdict,
  TraceWait,
} from './trace.ts';
import { formatShare, notAvailable } from './units.ts';
import { wasteKinds } from './waste.ts';

export const traceVerdicts: Readonly<Record<TraceVerdict, string>> = {
  confirmed: 'confirmed by the trace',
  retired: 'retired by the trace',
  open: 'not decided by the trace',
};

export interface TraceSection {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Sections that have something to say. */
export function traceSections(reading: TraceReading): readonly TraceSection[] {
  const { summary, findings, kinds, notes } = reading;
  return [
    { title: 'GPUs in the trace', lines: summary.devices.map((device) => deviceText(device, summary)) },
    { title: 'Where the host waited', lines: summary.waits.map((wait) => waitText(wait, summary)) },
    {
      title: 'Hints of this run',
      lines: findings.map(
        ({ rule, path, line, verdict, because }) =>
          `${lastName(path)}:${line} ${rule}: ${traceVerdicts[verdict]}. ${because}`,
      ),
    },
    {
      title: 'Kinds of waste',
      lines: kinds.map(
        ({ kind, verdict, because }) => `${wasteKinds[kind].label}: ${traceVerdicts[verdict]}. ${because}`,
      ),
    },
    {
      title: 'What to keep in mind',
      lines: [...notes, 'Shares are of the traced time; no energy is told from them.'],
    },
  ].filter(({ lines }) => lines.length > 0);
}

function deviceText(device: TraceDevice, { steps, spanMs }: TraceSummary): string {
  const { index, name, busyShare, kernels, meanKernelMs } = device;
  const idle = `GPU ${index}${name === null ? '' : ` ${name}`}: idle in ${formatShare(1 - busyShare)} of ${formatMs(spanMs)}, kernels ran in ${formatShare(busyShare)}`;
  const counted = steps > 0 ? `${kernelsText(kernels / steps)} a step` : kernelsText(kernels);
  return `${idle}; ${counted}, ${formatMs(meanKernelMs)} each`;
}

function waitText(
  { kind, what, frame, times, waitMs, share, gpuIdleMs }: TraceWait,
  { devices }: TraceSummary,
): string {
  const called = `${kind === 'inputWait' ? 'next batch, ' : ''}${what}${frame === null ? '' : ` ${frameText(frame)}`}`;
  const idle = devices.length === 0 ? '' : `, no kernel ran for ${formatMs(gpuIdleMs)}`;
  return `${formatShare(share)} ${called}: ${formatMs(waitMs)} in ${count(times)} ${times === 1 ? 'call' : 'calls'}${idle}`;
}

/** What is said at a hint, in parts, as whoever shows it may cut long names: the verdict with its source, what was seen. */
export function tracedText(hint: TracedHint): { readonly verdict: string; readonly seen: readonly string[] } {
  const { verdict, file, calls, share, within } = hint;
  const most = verdict === 'confirmed' ? '' : 'no longer than ';
  return {
    verdict: `${verdict === 'confirmed' ? 'Confirmed' : 'Retired'} by profiler trace “${file}”`,
    seen: [
      `the host waited ${most}${waitedText(hint)} in ${count(calls)} ${calls === 1 ? 'call' : 'calls'}, ${formatShare(share)} of the traced time`,
      ...(within === null ? [] : [`all in ${within}`, 'whose lines the profiler does not tell apart']),
    ],
  };
}

const waitedText = ({ waitMs, steps }: TracedHint): string =>
  steps > 0 ? `${formatMs(waitMs / steps)} a step` : formatMs(waitMs);

/** One sentence without its full stop. */
export function tracedClause(hint: TracedHint): string {
  const { verdict, seen } = tracedText(hint);
  return `${verdict}: ${seen.join(', ')}`;
}

/** The figure alone, for a list. */
export const tracedFigure = (hint: TracedHint): string =>
  hint.verdict === 'retired' ? 'retired by trace' : `${waitedText(hint)} by trace`;

const frameText = ({ path, line, name }: TraceFrame): string =>
  `at ${lastName(path)}:${line}${name === '<module>' ? '' : ` (${name})`}`;

const lastName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
const count = (value: number): string => Math.round(value).toLocaleString('en');
const kernelsText = (value: number): string =>
  `${count(value)} ${Math.round(value) === 1 ? 'kernel' : 'kernels'}`;

/** `67.4 µs`, `416 ms`, `1.07 s`. */
function formatMs(value: number | null): string {
  if (value === null) return notAvailable;
  const [size, unit] =
    value >= 1000 ? [value / 1000, 's'] : value >= 1 || value === 0 ? [value, 'ms'] : [value * 1000, 'µs'];
  return `${size >= 100 || size === 0 ? size.toFixed(0) : size.toPrecision(3)} ${unit}`;
}
