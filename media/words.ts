/** Short texts about runs, GPUs and times. Names come from outside: they are cut here, and shown as plain text only. */

import type { DeviceInfo, RunSummary } from '../contracts/runs.ts';
import { formatDuration, formatEnergy } from '../contracts/units.ts';

/** Cuts in the middle, where names differ least. */
export function shorten(text: string, most: number): string {
  const letters = Array.from(text.replace(/\s+/g, ' ').trim());
  if (letters.length <= most) return letters.join('');
  const tail = Math.floor((most - 1) / 3);
  return `${letters.slice(0, most - 1 - tail).join('')}…${letters.slice(letters.length - tail).join('')}`;
}

export function stateText(run: RunSummary): string {
  if (run.state === 'live') return 'live';
  if (run.state === 'interrupted') return 'interrupted';
  if (run.origin === 'notebook' && run.exitCode !== null && run.exitCode !== 0)
    return run.exitCode === 130 ? 'cell interrupted' : 'cell failed';
  return run.exitCode === null || run.exitCode === 0 ? 'ended' : `ended, exit ${run.exitCode}`;
}

/** A line of the run picker. Live figures stay out of it: a list that changes while it is open cannot be read. */
export function pickerText(run: RunSummary): string {
  const name = `run ${run.number} · ${shorten(run.name, 48)}`;
  const simulated = run.simulated ? ' · simulated' : '';
  if (run.state === 'live') return `${name} · live${simulated}`;
  return `${name} · ${formatEnergy(run.totals.energyJ)} · ${formatDuration(run.durationMs)}${simulated}`;
}

/** `H100 #0 #1`, `8 × H100`, `H100 #0 + L4 #1`. */
export function devicesText(devices: readonly DeviceInfo[]): string {
  const byName = new Map<string, DeviceInfo[]>();
  for (const device of devices) byName.set(device.name, [...(byName.get(device.name) ?? []), device]);
  return [...byName]
    .map(([name, group]) => {
      const short = shorten(name.replace(/^NVIDIA\s+/, ''), 40);
      return group.length > 4
        ? `${group.length} × ${short}`
        : `${short} ${group.map(({ index }) => `#${index}`).join(' ')}`;
    })
    .join(' + ');
}

/** A time on the run's clock; tenths where the buckets are that fine. */
export function clockText(timeMs: number, bucketMs: number): string {
  if (bucketMs >= 1000) return formatDuration(timeMs);
  return `${formatDuration(timeMs)}.${Math.floor((timeMs % 1000) / 100)}`;
}

/** `Power, utilisation and memory used`. */
export function chartNames(charts: readonly { readonly label: string }[]): string {
  const [first = '', ...others] = charts.map(({ label }) => label);
  // Only a plain word loses its capital: `CPU power` and `SM clock` keep theirs.
  const names = [
    first,
    ...others.map((name) => name.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())),
  ];
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : first;
}

/** The last part of a path, of either kind of machine. */
export const fileName = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
