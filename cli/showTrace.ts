/** Reads a trace, holds it against a run where one is named, and prints what it shows. */

import { basename } from 'node:path';
import type { TraceReading } from '../contracts/trace.ts';
import { traceSections } from '../contracts/traceText.ts';
import { markdownText } from '../insight/report/markdownText.ts';
import { TraceError } from '../insight/trace/traceError.ts';
import { type RunOfTrace, traceReading } from '../insight/trace/traceReading.ts';
import type { TraceFacts } from '../insight/trace/traceSummary.ts';
import { besideRun } from '../planner/besideRun.ts';
import { readTraceFile } from '../planner/traceFile.ts';
import type { SamplerClient } from '../sampler/connect.ts';
import { findRun, runsSearched } from './findRun.ts';
import { withSampler } from './sampler.ts';
import { scriptFindings } from './scriptFindings.ts';
import { plain } from './terminalText.ts';
import type { TraceOptions } from './trace.ts';
import { UsageError } from './usageError.ts';

const readingVersion = 1;

export async function showTrace(file: string, { run, format }: TraceOptions): Promise<void> {
  const show = async (beside: RunOfTrace | null): Promise<void> => {
    const reading = traceReading(await factsOf(file), basename(file), beside);
    process.stdout.write(printed(reading, format));
  };
  if (run === undefined) return show(null);
  await withSampler('trace', async (client) => show(await runOfTrace(client, run)));
}

function printed(reading: TraceReading, format: TraceOptions['format']): string {
  if (format === 'json') return `${JSON.stringify({ version: readingVersion, ...reading }, null, 2)}\n`;
  return format === 'markdown' ? readingMarkdown(reading) : readingText(reading);
}

async function factsOf(file: string): Promise<TraceFacts> {
  let told = -1;
  const progress = (share: number): void => {
    const percent = Math.floor(share * 20) * 5;
    if (!process.stderr.isTTY || percent === told) return;
    told = percent;
    process.stderr.write(share < 1 ? `\rreading ${percent} %` : '\r              \r');
  };
  try {
    return await readTraceFile(file, progress);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new UsageError(`${file} cannot be read as a profiler trace: ${error.message}.`);
  }
}

async function runOfTrace(client: SamplerClient, word: string): Promise<RunOfTrace> {
  const { runId } = findRun(await client.request('listRuns', { limit: runsSearched }), word);
  const record = await client.request('runRecord', { runId });
  if (record === null) throw new UsageError(`run "${plain(word)}" was deleted meanwhile.`);
  const { script } = record.run;
  // A run that nobody told of its findings gets those that its script has now.
  const known = record.findings.length > 0 || script === null;
  return besideRun(record.run, known ? record.findings : await scriptFindings(script));
}

function readingText(reading: TraceReading): string {
  const sections = traceSections(reading).map(
    ({ title, lines }) => `\n${title}\n${lines.map((line) => `  ${plain(line)}\n`).join('')}`,
  );
  return `${plain(reading.file)} (${plain(reading.quality)})\n${sections.join('')}`;
}

function readingMarkdown(reading: TraceReading): string {
  const sections = traceSections(reading).map(
    ({ title, lines }) => `\n## ${title}\n\n${lines.map((line) => `- ${markdownText(line)}\n`).join('')}`,
  );
  return `# ${markdownText(reading.file)}\n\n${markdownText(reading.quality)}\n${sections.join('')}`;
}
