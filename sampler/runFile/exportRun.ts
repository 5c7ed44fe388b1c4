/** A run of the store in the form that travels in files. */

import type { MetricId } from '../../contracts/metrics.ts';
import type { RunBlock, RunRecord } from '../../contracts/runFile.ts';
import type { RunDevice } from '../../contracts/runs.ts';
import type { RunSamplesParams } from '../../contracts/samplerProtocol.ts';
import type { RunStore } from '../store/runStore.ts';
import type { StoredRun } from '../store/runTable.ts';
import type { Sample } from '../store/samples.ts';
import type { TrackKey } from '../store/waiting.ts';

/** GPUs of an imported run are kept apart from this machine's own: their samples must never meet. */
export const importedUuid = (uuid: string, runId: string): string => `${uuid}@${runId}`;

function ownUuid(uuid: string, runId: string): string {
  return uuid.endsWith(`@${runId}`) ? uuid.slice(0, -runId.length - 1) : uuid;
}

/** The record with the devices' own ids, and without what belongs to this machine's store. */
export function exportedRecord(record: RunRecord): RunRecord {
  const { imported: _imported, wallMeter: _meter, ...run } = record.run;
  const devices = run.devices.map(
    (device): RunDevice => ({ ...device, uuid: ownUuid(device.uuid, run.runId) }),
  );
  return { ...record, run: { ...run, devices } };
}

/** Every sample of the run in `[fromMs, toMs)` on its clock, a block a track. */
export function samplesOf(
  store: RunStore,
  run: StoredRun,
  keys: readonly TrackKey[],
  window: RunSamplesParams,
): readonly RunBlock[] {
  const { detail, clockZeroMs } = run;
  const { runId } = detail;
  const fromMs = clockZeroMs + Math.max(0, window.fromMs);
  // A GPU's readings go on for the runs after this one.
  const toMs = clockZeroMs + Math.min(window.toMs, detail.durationMs + 1);
  const trackOf = (key: TrackKey): string =>
    key.startsWith('host/') ? 'host' : ownUuid(key.slice('gpu/'.length), runId);
  const wanted = keys.filter((key) => window.track === undefined || trackOf(key) === window.track);
  const blocks: RunBlock[] = [];
  for (const [key, samples] of store.read(runId, wanted, fromMs, toMs)) {
    const inside = samples.filter(({ timeMs }) => timeMs < toMs);
    if (inside.length === 0) continue;
    const track = trackOf(key);
    blocks.push(blockOf(track, inside, clockZeroMs));
  }
  return blocks;
}

function blockOf(track: string, samples: readonly Sample[], clockZeroMs: number): RunBlock {
  const ids = new Set(samples.flatMap(({ values }) => Object.keys(values) as MetricId[]));
  const values = Object.fromEntries(
    [...ids].map((metric) => [metric, samples.map((sample) => sample.values[metric] ?? null)]),
  );
  // The store keeps whole milliseconds, on a clock whose zero is not a whole one.
  const timesMs = samples.map(({ timeMs }) => Math.round(Math.round(timeMs) - clockZeroMs));
  return { track, timesMs, values };
}
