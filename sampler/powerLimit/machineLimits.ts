/** Power limits on this machine: which controls there are, and what a sweep has to know of the runs. */

import type { PowerSweep } from '../../contracts/powerPlan.ts';
import { LimitStretches } from '../../insight/plan/power/limitStretches.ts';
import type { LiveRun } from '../follow/liveRun.ts';
import { storedTicks } from '../follow/replay.ts';
import type { ProcessTable } from '../processes/processTable.ts';
import type { Sampler } from '../sampler.ts';
import { nvidiaSmiProgram } from '../sources/nvidiaSmi.ts';
import { nvmlLibraries } from '../sources/nvml.ts';
import type { SourceDoor } from '../sources/source.ts';
import { zeusdPlace } from '../sources/zeusd.ts';
import type { RunStore } from '../store/runStore.ts';
import { storeFolder } from '../store/storePlace.ts';
import { LimitJournal } from './limitJournal.ts';
import { LimitKeeper } from './limitKeeper.ts';
import { nvidiaSmiLimit } from './nvidiaSmiLimit.ts';
import { nvmlLimit } from './nvmlLimit.ts';
import { PowerSweeps } from './powerSweeps.ts';
import { simulatedLimit } from './simulatedLimit.ts';
import { zeusdLimit } from './zeusdLimit.ts';

export interface MachineLimitParts {
  readonly sampler: Sampler;
  readonly door: SourceDoor;
  readonly table: ProcessTable;
  readonly store: RunStore;
  nowMs(): number;
  nvidiaSmiPath(): string | null;
}

export interface MachineLimits {
  readonly keeper: LimitKeeper;
  readonly sweeps: PowerSweeps;
}

export function machineLimits(parts: MachineLimitParts, changed: (sweep: PowerSweep) => void): MachineLimits {
  const { sampler, door, table, store } = parts;
  const smi = nvidiaSmiLimit(door, () => nvidiaSmiProgram(door, parts.nvidiaSmiPath()));
  const nvml = nvmlLimit({
    door,
    libraries: nvmlLibraries(process.env) ?? [],
    ownProgram: () => (parts.nvidiaSmiPath() === null ? null : smi),
  });
  const keeper = new LimitKeeper(
    [simulatedLimit(sampler.simulatedGpus), zeusdLimit(door, zeusdPlace(process.env)), nvml, smi],
    new LimitJournal(storeFolder()),
  );
  const sweeps = new PowerSweeps({
    keeper,
    runOf: (runId) => sampler.liveRuns.get(runId),
    nowMs: parts.nowMs,
    others: (run) => othersOn(run, sampler),
    isScheduled: ({ tree }) => tree.pids().some((pid) => table.variablesOf(pid).SLURM_JOB_ID !== undefined),
    wasHeld: (run, fromMs, toMs) => wasHeld(store, run, fromMs, toMs),
    changed,
  });
  return { keeper, sweeps };
}

/**
 * Processes beside the run on its GPUs; null while nobody tells for one of these. A desktop that draws on the GPU is
 * there on most workstations and computes nothing.
 */
function othersOn(run: LiveRun, sampler: Sampler): readonly number[] | null {
  const holders = run.simulated ? sampler.simulatedGpus.processes() : sampler.listedProcesses();
  const own = new Set(run.tree.pids());
  if (holders === null) return null;
  if (!run.simulated && [...run.devices.keys()].some((uuid) => !sampler.knowsHolders(uuid))) return null;
  return holders
    .filter(({ uuid, pid, graphics }) => graphics !== true && run.devices.has(uuid) && !own.has(pid))
    .map(({ pid }) => pid);
}

function wasHeld(store: RunStore, run: LiveRun, fromMs: number, toMs: number): boolean | null {
  const stretches = new LimitStretches();
  const { runId, clockZeroMs } = run.identity;
  const keys = [...run.devices.keys()].map((uuid) => `gpu/${uuid}` as const);
  for (const tick of storedTicks(store, { runId, clockZeroMs, keys }, fromMs, toMs)) stretches.add(tick);
  const told = stretches.list().map(({ reached }) => reached);
  return told.includes(true) ? true : told.includes(false) ? false : null;
}
