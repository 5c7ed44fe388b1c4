/** Which GPUs belong to a run, and how sure that is. */

import { hostname } from 'node:os';
import type { ProcessTable } from '../processes/processTable.ts';
import type { KeptDevice, SourceKeeper } from '../sourceKeeper.ts';
import type { DeviceProcess } from '../sources/source.ts';
import type { AttributedDevice } from './attributedDevice.ts';
import type { LiveRun } from './liveRun.ts';
import { type SimulatedGpus, simulatedSourceId } from './simulatedGpus.ts';

/** A source polls its process list every two seconds; before that its silence means nothing. */
const patienceMs = 3_000;

export interface AttributionInput {
  readonly table: ProcessTable;
  readonly keeper: SourceKeeper;
  readonly simulated: SimulatedGpus;
  readonly listed: readonly DeviceProcess[] | null;
  /** Runs on real GPUs that live now. */
  readonly realRuns: number;
}

/**
 * The run's GPUs as known now: once a GPU is sure it stays for the rest of the run.
 * @param usesGpu whether a process of the run was seen to hold some GPU
 */
export function attribute(
  run: LiveRun,
  input: AttributionInput,
  usesGpu: boolean,
  runMs: number,
): readonly AttributedDevice[] {
  const members = run.tree.members;
  const found = new Map<string, AttributedDevice>();
  for (const [uuid, entry] of run.devices)
    if (entry.attribution === 'simulated' || entry.attribution === 'processList') found.set(uuid, entry);

  const simulatedUuids = new Set(
    input.simulated.processes().flatMap(({ uuid, pid }) => (members.has(pid) ? [uuid] : [])),
  );
  for (const device of input.simulated.devices()) {
    if (!simulatedUuids.has(device.uuid)) continue;
    found.set(device.uuid, {
      device,
      sourceId: simulatedSourceId,
      simulated: true,
      attribution: 'simulated',
    });
  }
  const kept = input.keeper.devices().filter(({ device }) => device.kind === undefined);
  const listedUuids = new Set(
    (input.listed ?? []).flatMap(({ uuid, pid }) => (members.has(pid) ? [uuid] : [])),
  );
  for (const entry of kept)
    if (listedUuids.has(entry.device.uuid))
      found.set(entry.device.uuid, { ...entry, simulated: false, attribution: 'processList' });

  // A container or WSL shows no processes: then the one run that holds a GPU is the one that uses it.
  const silent = found.size === 0 && usesGpu && (input.listed === null || runMs >= patienceMs);
  if (silent) {
    const attribution = input.realRuns <= 1 ? 'onlyRun' : 'unknown';
    for (const entry of visible(run, kept, input.table))
      found.set(entry.device.uuid, { ...entry, simulated: false, attribution });
  }
  if (found.size === 0)
    for (const entry of heldElsewhere(run, input.keeper.devices(), input.table))
      found.set(entry.device.uuid, { ...entry, simulated: false, attribution: 'jobLabel' });
  takeModule(found, kept);
  if (found.size === 0) return [...run.devices.values()];
  return [...found.values()].sort((a, b) => a.device.index - b.device.index);
}

/** A sensor of the whole module stands for the NVIDIA GPUs in it: both together would count them twice. */
function takeModule(found: Map<string, AttributedDevice>, kept: readonly KeptDevice[]): void {
  const module = kept.find(({ device }) => device.wholeModule === true);
  if (module === undefined) return;
  for (const [uuid, { device, simulated, attribution }] of found) {
    if (simulated || device.vendor !== 'nvidia' || uuid === module.device.uuid) continue;
    found.delete(uuid);
    found.set(module.device.uuid, { ...module, simulated: false, attribution });
  }
}

/**
 * GPUs of other machines whose exporter names the job that a process of the run belongs to, or the pod this is. Only
 * for a run that holds no GPU here: the exporter may tell of this machine's own.
 */
export function heldElsewhere(
  run: LiveRun,
  devices: readonly KeptDevice[],
  table: ProcessTable,
): readonly KeptDevice[] {
  const remote = devices.filter(({ device }) => device.kind === 'remote');
  if (remote.length === 0) return [];
  const names = new Set([`pod ${hostname()}`]);
  for (const pid of run.tree.pids()) {
    const job = table.variablesOf(pid).SLURM_JOB_ID;
    if (job !== undefined && job !== '') names.add(`job ${job}`);
  }
  return remote.filter(({ device }) => device.holders?.some((holder) => names.has(holder)) === true);
}

/** The devices that `CUDA_VISIBLE_DEVICES` of the run's processes leaves; all of them without one. */
function visible(run: LiveRun, kept: readonly KeptDevice[], table: ProcessTable): readonly KeptDevice[] {
  const texts = run.tree.pids().map((pid) => table.variablesOf(pid).CUDA_VISIBLE_DEVICES);
  if (texts.some((text) => text === undefined) || texts.length === 0) return kept;
  const wanted = new Set(texts.flatMap((text) => (text ?? '').split(',').map((part) => part.trim())));
  return kept.filter(
    ({ device }) =>
      wanted.has(String(device.index)) ||
      [...wanted].some((part) => part.startsWith('GPU-') && device.uuid.startsWith(part)),
  );
}
