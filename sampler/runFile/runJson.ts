/** Reads our own files, as `writeRun.ts` writes them: one JSON document, or lines that were appended while a run went on. */

import { type RunBlock, runFileFormat, runFileVersion } from '../../contracts/runFile.ts';
import { checkBlock, checkRecord } from './checkRecord.ts';
import type { ReadRun } from './importedRun.ts';
import { RunFileError } from './shape.ts';

interface Header {
  readonly lines: boolean;
}

/** @throws RunFileError for another format or a later version */
function checkHeader(value: unknown): Header {
  const { format, version, lines } = Object(value) as Readonly<Record<string, unknown>>;
  if (format !== runFileFormat) throw new RunFileError('The file does not say that it is a Perjoule run.');
  if (version !== runFileVersion)
    throw new RunFileError(
      `The file has version ${String(version).slice(0, 20)}, this Perjoule reads version ${runFileVersion}; update Perjoule.`,
    );
  return { lines: lines === true };
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RunFileError(`${what} is not JSON.`);
  }
}

/** @throws RunFileError */
export function readRunJson(text: string): ReadRun {
  const firstLine = text.slice(0, 200).split('\n', 1)[0] ?? '';
  if (/"lines":\s*true/.test(firstLine)) return readLines(text);
  const whole = parse(text, 'The file');
  checkHeader(whole);
  const { samples } = whole as { readonly samples?: unknown };
  return { record: checkRecord(whole), blocks: checkBlocks(samples, 'samples'), format: 'perjoule' };
}

function checkBlocks(value: unknown, at: string): readonly RunBlock[] {
  if (!Array.isArray(value)) throw new RunFileError(`${at} is not a list.`);
  return value.map((block, index) => checkBlock(block, `${at}[${index}]`));
}

/** The newest record counts. A last line that is still being written is left out. */
function readLines(text: string): ReadRun {
  const lines = text.split('\n');
  lines.pop();
  checkHeader(parse(lines[0] ?? '', 'Line 1'));
  let newest: unknown;
  const blocks: RunBlock[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line === '') continue;
    const { record, samples } = Object(parse(line, `Line ${index + 1}`)) as Readonly<Record<string, unknown>>;
    if (record !== undefined) newest = record;
    if (samples !== undefined) blocks.push(...checkBlocks(samples, `line ${index + 1}: samples`));
  }
  if (newest === undefined)
    throw new RunFileError(
      'The file holds no run yet; import it again once the run has gone on for some seconds.',
    );
  return { record: checkRecord(newest), blocks, format: 'perjoule' };
}
