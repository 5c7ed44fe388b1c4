/** A run of the past from a Prometheus: what its GPUs drew between two times, as the exporters were scraped. */

import { createHash } from 'node:crypto';
import type { MetricId } from '../../contracts/metrics.ts';
import type { RunBlock } from '../../contracts/runFile.ts';
import type { RunDevice } from '../../contracts/runs.ts';
import { createRunInsight } from '../../insight/runInsight.ts';
import { type PrometheusAddress, query } from '../sources/prometheus/api.ts';
import { gpuQuery, gpusOf, type RemoteGpu } from '../sources/prometheus/gpuSeries.ts';
import type { SourceDoor } from '../sources/source.ts';
import { checkRecord } from './checkRecord.ts';
import { foreignRecord, type ReadRun } from './importedRun.ts';
import { RunFileError } from './shape.ts';

export interface Past {
  readonly fromMs: number;
  readonly toMs: number;
  /** `job 4711` or `pod train-0`; null takes every GPU of the server. */
  readonly holder: string | null;
}

const windowS = 600;
const longestS = 7 * 24 * 3600;

/** @throws RunFileError when the times hold no such GPU; PrometheusError when the server does not answer */
export async function readPast(door: SourceDoor, address: PrometheusAddress, past: Past): Promise<ReadRun> {
  const [fromS, toS] = [past.fromMs / 1000, past.toMs / 1000];
  if (!(toS > fromS)) throw new RunFileError('The end does not lie behind the start.');
  if (toS - fromS > longestS) throw new RunFileError('More than seven days are too long for one run.');
  const gpus = new Map<string, RemoteGpu>();
  for (let startS = fromS; startS < toS; startS += windowS) {
    const endS = Math.min(toS, startS + windowS);
    for (const gpu of gpusOf(await query(door, address, gpuQuery(endS - startS), endS))) {
      // The holder is of the window: a GPU goes from job to job.
      if (past.holder !== null && !gpu.holders.includes(past.holder)) continue;
      const inside = gpu.readings.filter(({ timeS }) => timeS > startS && timeS <= endS);
      const before = gpus.get(gpu.uuid);
      const readEveryMs = before?.readEveryMs ?? gpu.readEveryMs;
      gpus.set(gpu.uuid, { ...gpu, readEveryMs, readings: [...(before?.readings ?? []), ...inside] });
    }
  }
  const found = [...gpus.values()].filter(({ readings }) => readings.length > 0);
  if (found.length === 0)
    throw new RunFileError(
      `No GPU ${past.holder === null ? '' : `of ${past.holder} `}was scraped in that time.`,
    );
  return runOf(found, address, past);
}

function runOf(gpus: readonly RemoteGpu[], address: PrometheusAddress, past: Past): ReadRun {
  const devices = gpus.map(deviceOf);
  const insight = createRunInsight(
    gpus.map(({ uuid, hasEnergyCounter, readEveryMs }) => ({
      uuid,
      powerQuality: 'averaged1s',
      hasEnergyCounter,
      readEveryMs,
      band: 0.1,
    })),
    { sourceId: 'prometheus', simulated: false },
  );
  const all = gpus.flatMap(({ uuid, readings }) =>
    readings.map(({ timeS, values }) => ({
      uuid,
      timeMs: Math.round(timeS * 1000 - past.fromMs),
      ...values,
    })),
  );
  for (const reading of all.sort((a, b) => a.timeMs - b.timeMs))
    insight.addTick({ timeMs: reading.timeMs, gpus: [reading], host: null });
  const { energyJ, missing, coverage, method, provenance } = insight.snapshot().totals;
  const { holder, fromMs, toMs } = past;
  const lastMs = all.at(-1)?.timeMs ?? 0;
  const record = foreignRecord({
    runId: `prometheus-${createHash('sha256').update(`${address.shown} ${fromMs} ${toMs} ${holder}`).digest('hex').slice(0, 16)}`,
    name: holder ?? 'all GPUs',
    format: 'prometheus',
    startedAtMs: fromMs,
    durationMs: toMs - fromMs,
    devices,
    energyJ,
    missing: missing ?? 'unread',
    coverage: Math.min(1, (coverage * lastMs) / (toMs - fromMs)),
    totals: { method, provenance },
    steps: null,
    stepMarks: [],
    remarks: [
      `Scraped by the Prometheus at ${address.shown}; what lies between two scrapes is known by the counter only.`,
    ],
  });
  return {
    record: checkRecord(record),
    blocks: gpus.map((gpu) => blockOf(gpu, past.fromMs)),
    format: 'prometheus',
  };
}

function deviceOf(gpu: RemoteGpu): RunDevice {
  const { uuid, index, name, node, vendor, hasEnergyCounter, readEveryMs } = gpu;
  const quality = hasEnergyCounter ? 'counterUnchecked' : 'averaged1s';
  return {
    uuid,
    index,
    name: `${name} on ${node}`,
    vendor,
    memoryTotalBytes: null,
    powerLimitW: null,
    attribution: 'jobLabel',
    ...(readEveryMs === null ? {} : { readEveryMs }),
    provenance: { source: 'prometheus', quality, simulated: false, band: 0.1 },
  };
}

function blockOf({ uuid, readings }: RemoteGpu, fromMs: number): RunBlock {
  const ids = new Set(readings.flatMap(({ values }) => Object.keys(values) as MetricId[]));
  const values = Object.fromEntries(
    [...ids].map((id) => [
      id,
      readings.map((reading) => (reading.values as Readonly<Partial<Record<MetricId, number>>>)[id] ?? null),
    ]),
  );
  return { track: uuid, timesMs: readings.map(({ timeS }) => Math.round(timeS * 1000 - fromMs)), values };
}
