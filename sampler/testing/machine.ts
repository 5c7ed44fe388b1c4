/** A sampler without a machine: for tests of days in seconds. */

import * as sqlite from 'node:sqlite';
import type { LiveUpdate } from '../../contracts/samplerProtocol.ts';
import { SamplerClock } from '../clock.ts';
import type { ProcessInfo, ProcessTable } from '../processes/processTable.ts';
import { RunQueries } from '../runQueries.ts';
import { Sampler } from '../sampler.ts';
import { SourceKeeper } from '../sourceKeeper.ts';
import type {
  DeviceProcess,
  DeviceReading,
  PowerSource,
  SourceDevice,
  SourceDoor,
} from '../sources/source.ts';
import { RunStore } from '../store/runStore.ts';

export interface MachineOptions {
  readonly uuids?: readonly string[];
  /** Names the folder of the store; without it the store is kept in memory. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly probeFolder?: string | null;
}

const nowhere = { XDG_STATE_HOME: '/proc/nowhere', HOME: '/proc/nowhere' };

/** A machine by hand: time, processes, and GPUs at 200 W and at work, unless `load` says otherwise, that are read every 100 ms; two unless they are named. */
export function machine({
  uuids = ['a', 'b'],
  environment = nowhere,
  probeFolder = null,
}: MachineOptions = {}) {
  const time = { monotonicMs: 1_000_000, wallMs: 1_795_000_000_000, bootMs: 1_000_000 };
  const bornMs = new Map<number, number>();
  const parents = new Map<number, number>();
  const commands = new Map<number, readonly string[]>();
  const holders: DeviceProcess[] = [];
  /** Of every GPU. */
  const load = { powerW: 200, utilization: 1 };
  const pending: DeviceReading[] = [];
  const unused = (): never => {
    throw new Error('not used');
  };
  const door: SourceDoor = {
    nowMs: () => time.monotonicMs,
    run: unused,
    stream: unused,
    findProgram: unused,
    readNew: () => '',
    append: unused,
  };
  const look = (pid: number): ProcessInfo | null => {
    const born = bornMs.get(pid);
    return born === undefined
      ? null
      : {
          pid,
          start: `${born}`,
          parentPid: parents.get(pid) ?? 1,
          sessionId: 1,
          ageMs: time.monotonicMs - born,
        };
  };
  const table: ProcessTable = {
    supported: true,
    refresh: async () => undefined,
    takeNewcomers: () => [],
    mayHaveNew: () => true,
    look,
    childrenOf: (pid) => [...parents].filter(([, parent]) => parent === pid).map(([child]) => child),
    inSession: () => [],
    isAlive: ({ pid, start }) => look(pid)?.start === start,
    isOwn: () => true,
    argumentsOf: (pid) => commands.get(pid) ?? null,
    programOf: () => '/usr/bin/python3.12',
    workingFolderOf: () => '/home/me',
    variablesOf: () => ({}),
    usageOf: () => ({ cpuMs: time.monotonicMs / 2, residentBytes: 2 ** 30 }),
    watchMainThread: () => null,
    holdsGpu: () => false,
  };
  const device = (uuid: string, index: number): SourceDevice => ({
    uuid,
    index,
    name: uuid,
    vendor: 'nvidia',
    memoryTotalBytes: null,
    powerLimitW: 700,
    powerQuality: 'instant',
    hasEnergyCounter: false,
    band: 0.07,
  });
  const source: PowerSource = {
    id: 'fake',
    label: 'fake',
    simulated: false,
    open: async () => ({
      status: {
        id: 'fake',
        label: 'fake',
        state: 'found',
        reason: null,
        detail: '',
        remedy: null,
        deviceCount: uuids.length,
      },
      session: {
        devices: uuids.map(device),
        read: () => pending.splice(0),
        processes: () => holders,
        lost: () => null,
        close: () => undefined,
      },
    }),
  };
  const keeper = new SourceKeeper([source], door, { rateHz: 10, nvidiaSmiPath: null });
  const store = new RunStore(sqlite, environment);
  const clock = new SamplerClock(
    {
      monotonicMs: () => time.monotonicMs,
      wallMs: () => time.wallMs,
      bootMs: () => time.bootMs,
      bootId: () => 'b',
    },
    null,
  );
  const updates: LiveUpdate[] = [];
  const sampler = new Sampler(
    {
      keeper,
      door,
      table,
      store,
      clock,
      rateHz: 10,
      probeFolder,
      wallMeter: () => null,
      gridZone: () => null,
    },
    { runChanged: () => undefined, watched: () => true, live: (update) => updates.push(update) },
  );
  const queries = new RunQueries(store, sampler);
  const pass = (ms: number): void => {
    time.monotonicMs += ms;
    time.wallMs += ms;
    time.bootMs += ms;
  };
  return {
    sampler,
    queries,
    store,
    table,
    clock,
    updates,
    holders,
    load,
    start(pid: number, parent = 1, command: readonly string[] = ['python', 'train.py']) {
      commands.set(pid, command);
      bornMs.set(pid, time.monotonicMs);
      parents.set(pid, parent);
    },
    end: (pid: number) => bornMs.delete(pid),
    sleep(ms: number) {
      time.wallMs += ms;
      time.bootMs += ms;
    },
    /** Runs the loop for so long. */
    async live(ms: number) {
      for (let passed = 0; passed < ms; passed += 100) {
        pass(100);
        for (const uuid of uuids) pending.push({ uuid, timeMs: time.monotonicMs, ...load });
        sampler.tick();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
