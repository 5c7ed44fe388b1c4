/** Fetches the report of a run and writes it. */

import { findRun, runsSearched } from './findRun.ts';
import type { ReportCommandOptions } from './runReport.ts';
import { withSampler } from './sampler.ts';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';
import { refuseToReplace, writeWhole } from './writeWhole.ts';

export async function writeReport(word: string, options: ReportCommandOptions): Promise<void> {
  await withSampler('report', async (client) => {
    if (options.out !== undefined) await refuseToReplace(options.out, options);
    const { runId } = findRun(await client.request('listRuns', { limit: runsSearched }), word);
    const written = await client.request('report', { runId, intensity: options.intensity ?? null });
    if (written === null) throw new UsageError(`run "${plain(word)}" was deleted meanwhile.`);
    const text =
      options.format === 'json' ? `${JSON.stringify(written.report, null, 2)}\n` : written.markdown;
    if (options.out === undefined) process.stdout.write(text);
    else await writeWhole(options.out, [text], options);
  });
}
