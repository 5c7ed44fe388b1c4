/** What the user's own last run shows of a page's subject, as Markdown. Plain blocks: they read in every theme and aloud. */

import { provenanceTag } from '../../contracts/provenance.ts';
import type { RunDetail } from '../../contracts/runs.ts';
import { formatDuration, formatEnergy, formatPower, formatShare } from '../../contracts/units.ts';
import { type WasteItem, type WasteKind, wasteKinds } from '../../contracts/waste.ts';

export interface OwnRun {
  readonly run: RunDetail;
  /** Power of all its GPUs over the whole run, evenly spaced, watts; null where there is no reading. */
  readonly powerW: readonly (number | null)[];
}

/** Characters of a bar and of a curve. */
const width = 30;
const heights = ' ▁▂▃▄▅▆▇█';

export function ownFigures(own: OwnRun | null, kind: WasteKind | null): readonly string[] {
  const title = '## In your own last run';
  if (own === null || own.run.totals.energyJ === null)
    return [
      title,
      '',
      'None to show: nothing has been measured on this machine yet, or the power sampler does not run. Run a script as always, then open this page again: its joules stand here.',
    ];
  const { run } = own;
  const energyJ = run.totals.energyJ ?? 0;
  const named = run.waste.reduce((sum, item) => sum + item.energyJ, 0);
  const rows = [
    ...run.waste.map(
      (item) => [wasteKinds[item.kind]?.label ?? item.kind, item.energyJ, item.kind === kind] as const,
    ),
    ['the rest: useful, or too little to name', Math.max(0, energyJ - named), false] as const,
  ];
  const widest = Math.max(...rows.map(([label]) => label.length));
  const quality = provenanceTag(run.totals.provenance);
  const head = [
    `run ${run.number}`,
    oneLine(run.name),
    formatDuration(run.durationMs),
    formatEnergy(energyJ),
    quality,
  ];
  const item = run.waste.find((waste) => waste.kind === kind);
  return [
    title,
    '',
    '```text',
    head.join(' · '),
    '',
    ...rows.map(([label, joules, here]) => {
      const share = energyJ > 0 ? joules / energyJ : 0;
      return `${label.padEnd(widest)}  ${bar(share)}  ${formatShare(share).padStart(6)}  ${formatEnergy(joules).padStart(8)}${here ? '  ← this page' : ''}`;
    }),
    ...curve(own),
    ...(item === undefined ? [] : whenSeen(item, run.durationMs)),
    '```',
    '',
    ...(kind !== null && item === undefined
      ? [`“${wasteKinds[kind].label}” was not seen in it, or was under 2 % of its energy.`, '']
      : []),
    ...(item === undefined ? [] : [`Certainty: ${item.certainty}.`, '']),
  ];
}

const bar = (share: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
};

const level = (share: number): string =>
  heights[share <= 0 ? 0 : Math.max(1, Math.round(Math.min(1, share) * (heights.length - 1)))] ?? ' ';

function curve({ run, powerW }: OwnRun): readonly string[] {
  const known = powerW.filter((value) => value !== null);
  const most = Math.max(0, ...known);
  if (known.length < 2 || most <= 0) return [];
  const drawn = powerW.map((value) => (value === null ? '?' : level(value / most))).join('');
  const unread = known.length < powerW.length ? '; ? is time without a reading' : '';
  return [
    '',
    `power  |${drawn}|  up to ${formatPower(most)}, over ${formatDuration(run.durationMs)}${unread}`,
  ];
}

/** Where in the run it was: the share of each stretch, under the curve of power. */
function whenSeen({ windows = [] }: WasteItem, durationMs: number): readonly string[] {
  if (windows.length === 0 || durationMs <= 0) return [];
  const columns = Array.from({ length: 2 * width }, (_, at) => {
    const [from, to] = [(at / (2 * width)) * durationMs, ((at + 1) / (2 * width)) * durationMs];
    const covered = windows.reduce(
      (sum, [begin, end]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, begin)),
      0,
    );
    return level(covered / (to - from));
  });
  return [`this   |${columns.join('')}|  when it was`];
}

/** Points of the curve that fit above the row of when it was. */
export const curvePoints = 2 * width;

/** Names come from outside: one line, without characters that hide or reorder. */
const oneLine = (text: string): string =>
  [...text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()].slice(0, 80).join('');
