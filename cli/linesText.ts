/** Where in the program a run's joules went, as a block of lines under its figures. */

import { relative, sep } from 'node:path';
import type { RunDetail } from '../contracts/runs.ts';
import { formatEnergy, formatShare } from '../contracts/units.ts';
import { plain, table } from './terminalText.ts';

const shownLines = 10;

/** The same where no energy is known: the samples alone, which divide the time. */
function samplesText({ lines: report, cwd }: RunDetail): string {
  const all = report?.samples ?? 0;
  const rows = [...(report?.lines ?? [])]
    .sort((one, other) => other.samples - one.samples)
    .slice(0, shownLines)
    .map(({ path, line, name, samples }) => [
      formatShare(samples / all),
      `${shownPath(cwd, path)}:${line} (${plain(name)})`,
    ]);
  const head = `  lines: ${Math.round(all)} samples of the main thread; no energy is known that they could divide`;
  return `${head}\n${table(rows, ['right']).replaceAll(/^/gm, '    ')}\n`;
}

function shownPath(cwd: string, path: string): string {
  const near = relative(cwd, path);
  return plain(near.startsWith(`..${sep}`) || near === '' ? path : near);
}

export function linesText(run: RunDetail): string {
  const { lines: report, cwd, simulated, totals } = run;
  if (report === undefined)
    return '  lines: the probe told nothing; it samples Python 3.8 or newer that honours PYTHONPATH.\n';
  const { sampledJ } = report;
  if (totals.energyJ === null || sampledJ === null) return samplesText(run);
  const idle = (idleJ: number | null): string => (idleJ === null ? '' : `${formatEnergy(idleJ)} of it idle`);
  const share = (energyJ: number | null): string =>
    formatShare(sampledJ > 0 && energyJ !== null ? energyJ / sampledJ : null);
  const rows = report.lines
    .slice(0, shownLines)
    .map(({ path, line, name, energyJ, idleJ }) => [
      formatEnergy(energyJ),
      share(energyJ),
      `${shownPath(cwd, path)}:${line} (${plain(name)})`,
      idle(idleJ),
    ]);
  const phases = report.phases.map(({ phase, energyJ }) => `${plain(phase)} ${share(energyJ)}`).join(', ');
  const covered = totals.energyJ ? ` of ${formatEnergy(totals.energyJ)}` : '';
  const missed =
    report.missedSamples > 0
      ? `; ${report.missedSamples} more could not be matched, so a part is missing`
      : '';
  const head = `  lines${simulated ? ' (simulated)' : ''}: ${formatEnergy(sampledJ)}${covered} divided by ${Math.round(report.samples)} samples of the main thread${missed}`;
  return `${head}\n${table(rows, ['right', 'right']).replaceAll(/^/gm, '    ')}\n  work: ${phases}\n`;
}
