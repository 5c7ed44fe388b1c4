import { confidenceOf } from '../../engine/confidence.ts';
import type { Report } from '../../engine/rule.ts';
import type { Program } from '../../python/program.ts';
import type { DeviceRead } from './deviceReads.ts';
import type { RecordedStep } from './recordedReads.ts';
import { syncFix } from './syncFix.ts';

/** One report for a step: at its first read, the others listed. The messages are `one` and `many`. */
export function readsReport(program: Program, { region, sites }: RecordedStep): Report | undefined {
  const first = sites[0];
  if (first === undefined) return undefined;
  const doubts = Math.min(...sites.map((s) => s.doubts));
  const names = [...new Set(sites.map((s) => readable(program, s.read)))];
  return {
    start: first.read.expr.start,
    end: first.read.expr.end,
    message: sites.length === 1 ? 'one' : 'many',
    data: {
      count: sites.length,
      what: listed(names),
      // One number may be read in several places.
      are: names.length === 1 ? 'is' : 'are',
      them: names.length === 1 ? 'it' : 'them',
    },
    confidence: confidenceOf(doubts),
    related: sites.slice(1).map((s) => ({
      start: s.read.expr.start,
      end: s.read.expr.end,
      message: `The host waits here too, for ${readable(program, s.read)}.`,
    })),
    region: region.root,
    fixes: syncFix(
      program,
      region,
      sites.map((s) => s.read),
    ),
  };
}

/** `loss` for `loss.item()`; a longer expression by its text. */
function readable(program: Program, read: DeviceRead): string {
  const text = program.textOf(read.tensor).replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((n) => `"${n}"`);
  if (names.length > 3) shown.push(`${names.length - 3} more`);
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
