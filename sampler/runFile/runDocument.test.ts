import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunBlock } from '../../contracts/runFile.ts';
import type { RunSamplesParams, SamplerRequests } from '../../contracts/samplerProtocol.ts';
import { checkRecord } from './checkRecord.ts';
import { readCodecarbon } from './codecarbon.ts';
import { readRuns } from './readRuns.ts';
import { type RunFormat, runDocument } from './runDocument.ts';

const csv = 'timestamp,run_id,duration,gpu_count,gpu_energy\n2026-01-02T03:04:05,abc,300,1,0.01\n';

/** A sampler with one run of five minutes, a reading a second. */
function sampler(): { asked: RunSamplesParams[]; request: Parameters<typeof runDocument>[0]['request'] } {
  const [read] = readCodecarbon(csv);
  assert.ok(read !== undefined);
  const record = checkRecord(read.record);
  const [device] = record.run.devices;
  assert.ok(device !== undefined && record.run.durationMs === 300_000);
  const asked: RunSamplesParams[] = [];
  const blocks = (params: RunSamplesParams): readonly RunBlock[] => {
    asked.push(params);
    const timesMs: number[] = [];
    for (let timeMs = params.fromMs; timeMs < Math.min(params.toMs, 300_001); timeMs += 1000)
      timesMs.push(timeMs);
    return [{ track: device.uuid, timesMs, values: { powerW: timesMs.map((timeMs) => timeMs / 1000) } }];
  };
  return {
    asked,
    async request<Name extends keyof SamplerRequests>(name: Name, params: SamplerRequests[Name]['params']) {
      const { runId } = params as { readonly runId: string };
      const result =
        name === 'runSamples' ? blocks(params as RunSamplesParams) : runId === 'gone' ? null : record;
      return result as SamplerRequests[Name]['result'];
    },
  };
}

async function text(format: RunFormat): Promise<{ written: string; asked: readonly RunSamplesParams[] }> {
  const client = sampler();
  const pieces = await runDocument(client, 'there', format);
  assert.ok(pieces !== null);
  let written = '';
  for await (const piece of pieces) written += piece;
  return { written, asked: client.asked };
}

for (const format of ['json', 'csv'] as const) {
  test(`${format}: every sample of a run once, fetched in pieces, as our own reader reads it`, async () => {
    const { written, asked } = await text(format);
    assert.deepEqual(
      asked.map(({ fromMs, toMs }) => [fromMs, toMs]),
      [
        [0, 120_000],
        [120_000, 240_000],
        [240_000, 360_000],
      ],
    );
    const [read] = readRuns(written);
    const times = (read?.blocks ?? []).flatMap(({ timesMs }) => timesMs);
    assert.deepEqual(
      times,
      Array.from({ length: 301 }, (_, at) => at * 1000),
    );
    const powers = (read?.blocks ?? []).flatMap(({ values }) => values.powerW ?? []);
    assert.deepEqual([powers[0], powers.at(-1)], [0, 300]);
  });
}

test('a run that is gone gives no document', async () => {
  assert.equal(await runDocument(sampler(), 'gone', 'json'), null);
});
