/** Tells by its first line what a file is, and reads the runs in it. */

import { isCodecarbon, readCodecarbon } from './codecarbon.ts';
import type { ReadRun } from './importedRun.ts';
import { readRunCsv } from './runCsv.ts';
import { readRunJson } from './runJson.ts';
import { RunFileError } from './shape.ts';
import { csvMark } from './writeRun.ts';
import { isZeus, readZeus } from './zeus.ts';

/** @throws RunFileError for a file that is none of the known forms, or a broken one */
export function readRuns(given: string): readonly ReadRun[] {
  const text = given.startsWith('\ufeff') ? given.slice(1) : given;
  const first = text.slice(0, 10_000).split(/\r?\n/, 1)[0] ?? '';
  if (first.trimStart().startsWith('{')) return [readRunJson(text)];
  if (first === csvMark) return [readRunCsv(text)];
  if (isCodecarbon(first)) return readCodecarbon(text);
  if (isZeus(first)) return readZeus(text);
  throw new RunFileError('The file is in none of the known forms.');
}
