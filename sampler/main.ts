/** The power sampler's process: one per user and machine, alive while a client is connected or a run lives. */

import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { gridZoneOf } from '../contracts/gridZone.ts';
import type { WallMeter } from '../contracts/runs.ts';
import type { SamplerSettings } from '../contracts/samplerProtocol.ts';
import { wallMeterOf } from '../contracts/wallEnergy.ts';
import { type ClockAnchor, machineTime, SamplerClock } from './clock.ts';
import { SamplerLoop } from './loop.ts';
import { createMachineDoor } from './machineDoor.ts';
import { createMachineFolder } from './machineFolder.ts';
import { PlanQueries } from './planQueries.ts';
import { machineLimits } from './powerLimit/machineLimits.ts';
import { createProcessTable } from './processes/index.ts';
import { probeFolder, readToken, samplerPlace } from './protocol/socketPath.ts';
import { RunImports } from './runFile/runImports.ts';
import { RunQueries } from './runQueries.ts';
import { RunReports } from './runReports.ts';
import { Sampler } from './sampler.ts';
import { SamplerServer } from './server.ts';
import { takeSingletonLock } from './singleton.ts';
import { SourceKeeper } from './sourceKeeper.ts';
import { powerSources } from './sources/index.ts';
import type { StoreLimits } from './store/retention.ts';
import { RunStore } from './store/runStore.ts';
import { loadSqlite } from './store/sqlite.ts';

/** Until an editor says otherwise. */
const usualSettings: SamplerSettings = { rateHz: 10, nvidiaSmiPath: null, storeLimitMiB: 2048 };
/** Time between the last client or run and the end. */
const graceMs = Number(process.env['PERJOULE_GRACE_MS'] ?? 5_000);
const retiringMs = 100;
const firstLivePoints = 1_200;
const tidyEveryMs = 60_000;
/** How long power limits may take to be put back at the end. */
const restoreWithinMs = 5_000;

const limitsOf = ({ storeLimitMiB, keepReadingsDays }: SamplerSettings): StoreLimits => ({
  bytes: storeLimitMiB ? storeLimitMiB * 2 ** 20 : null,
  rawDays: keepReadingsDays || null,
});

// Threads for the driver's calls: one may hang (sources/nvml.ts), and the other goes on. Each more is woken for every
// round, for a lock that only one of them can have.
process.env['UV_THREADPOOL_SIZE'] = '2';

// The best compiler needs 5 MB for itself and pays off in code that runs more often than some hundred times a second;
// the one before it stays. A runtime that does not know the option ignores it.
setFlagsFromString('--no-turbofan');

async function main(): Promise<void> {
  const place = samplerPlace();
  const lock = await takeSingletonLock(place.folder);
  // Another sampler lives: the client that started this one finds its socket.
  if (lock === null) return;
  const sqlite = await loadSqlite();
  if (sqlite === null) throw new Error('This runtime has no SQLite; Node 22.13 or later is needed.');
  const store = new RunStore(sqlite);
  const clock = new SamplerClock(machineTime, readAnchor(store), store.newestMs());
  const door = createMachineDoor();
  const table = createProcessTable(door);
  const keeper = new SourceKeeper(powerSources(createMachineFolder), door, usualSettings);
  let settings = usualSettings;
  let wallMeter = readWallMeter(store);
  let gridZone = gridZoneOf(store.readMeta('gridZone'));
  const probes = probeFolder(place);

  const sampler = new Sampler(
    {
      keeper,
      door,
      table,
      store,
      clock,
      rateHz: settings.rateHz,
      probeFolder: probes,
      wallMeter: () => wallMeter,
      gridZone: () => gridZone,
    },
    {
      runChanged: (run, followId) => server.broadcast('runChanged', { run, followId }),
      watched: (): boolean => [...server.clients].some(({ live }) => live),
      live: (update) => {
        for (const client of server.clients) {
          if (!client.live) continue;
          if (client.hydrated.has(update.runId)) client.send('live', update);
          else {
            client.hydrated.add(update.runId);
            const block = queries.series({
              runId: update.runId,
              fromMs: null,
              toMs: null,
              points: firstLivePoints,
            });
            client.send('live', {
              ...update,
              block,
              waste: queries.detail(update.runId)?.waste ?? update.waste,
            });
          }
        }
      },
    },
  );
  const queries = new RunQueries(store, sampler);
  const plans = new PlanQueries(store, queries);
  const reports = new RunReports(queries);
  const imports = new RunImports(store, clock);
  const limits = machineLimits(
    {
      sampler,
      door,
      table,
      store,
      nowMs: () => clock.nowMs(),
      nvidiaSmiPath: () => settings.nvidiaSmiPath,
    },
    (sweep) => server.broadcast('powerSweep', sweep),
  );

  const server = new SamplerServer({
    token: readToken(place),
    probeFolder: probes,
    store: () => store.state,
    onHello: (params) => {
      if (params.settings !== null && params.settings !== undefined) configure(params.settings);
    },
    onGone: (client) => {
      sampler.clientGone(client.followIds);
      limits.sweeps.ownerGone(client);
    },
    onOutput: ({ followId, text }) => sampler.output(followId, text),
    handlers: {
      sources: async () => {
        await keeper.ready();
        return sampler.statuses();
      },
      follow: async (params, client) => {
        client.followIds.add(params.followId);
        loop.wake();
        return { runId: await sampler.follow(params) };
      },
      followEnd: async ({ followId, exitCode }, client) => {
        await sampler.followEnd(followId, exitCode);
        client.followIds.delete(followId);
        return null;
      },
      stopFollowing: async ({ runId }) => {
        await sampler.stopFollowing(runId);
        return null;
      },
      gpuHolders: () => sampler.gpuHolders(),
      listRuns: ({ limit }) => queries.list(limit),
      getRun: ({ runId }) => queries.detail(runId),
      series: (params) => queries.series(params),
      totals: (params) => queries.totals(params),
      compare: ({ baselineRunId, runId }) => queries.compare(baselineRunId, runId),
      compareSides: ({ baselineRunIds, runIds }) => queries.compareSides(baselineRunIds, runIds),
      report: ({ runId, intensity }) => reports.report(runId, intensity),
      sidesReport: ({ baselineRunIds, runIds }) => reports.sides(baselineRunIds, runIds),
      savings: () => reports.savings(),
      powerPlan: ({ runIds, warmUpSteps }) => plans.power(runIds, warmUpSteps),
      batchPlan: ({ runs }) => plans.batch(runs),
      balancePlan: ({ runId }) => plans.balance(runId),
      powerLimits: ({ runId }) => limits.sweeps.states(runId),
      startPowerSweep: ({ runId, options, agreed }, client) => {
        if (agreed !== true) throw new Error('Nobody has agreed to change the power limit.');
        return limits.sweeps.start(runId, options, client);
      },
      stopPowerSweep: async ({ runId }) => {
        await limits.sweeps.stop(runId);
        return null;
      },
      labelRun: ({ runId, labels }) => {
        const run = queries.label(runId, labels);
        store.flush(clock.nowMs());
        if (run !== null) server.broadcast('runChanged', { run, followId: null });
        return run;
      },
      deleteRun: ({ runId }) => {
        queries.delete(runId);
        server.broadcast('runRemoved', { runId });
        return null;
      },
      runRecord: ({ runId }) => queries.record(runId),
      runSamples: (params) => queries.samples(params),
      importSamples: (params) => {
        imports.addSamples(params);
        return null;
      },
      importRun: ({ record }) => {
        const run = imports.addRun(record);
        server.broadcast('runChanged', { run, followId: null });
        return { number: run.number };
      },
      restoreRun: ({ runId }) => {
        const run = queries.restore(runId);
        if (run !== null) server.broadcast('runChanged', { run, followId: null });
        return run;
      },
      storeUse: () => ({ ...store.use(), limitBytes: limitsOf(settings).bytes }),
      setFindings: ({ runId, findings }) => {
        store.saveFindings(runId, findings);
        sampler.setFindings(runId, findings);
        return null;
      },
      subscribe: ({ live }, client) => {
        client.live = live;
        client.hydrated.clear();
        loop.wake();
        return null;
      },
    },
  });

  const loop = new SamplerLoop(
    {
      tick: () => {
        sampler.tick();
        limits.sweeps.tick();
        tidyStore();
        endWhenUnused();
      },
      sampleHosts: () => sampler.sampleHosts(),
      active: () =>
        sampler.busy || [...server.clients].some((client) => client.live || client.followIds.size > 0),
      hasRuns: () => sampler.hasRuns,
      wantsCloseLooks: () => sampler.wantsCloseLooks,
      onRate: (rateHz) => keeper.setRate(rateHz),
      onError: reportOnce,
    },
    settings.rateHz,
  );

  function configure(next: SamplerSettings): void {
    settings = next;
    if (next.wallMeter !== undefined) {
      // The command line alone has no settings: what an editor said of this machine holds for it too.
      wallMeter = wallMeterFrom(next.wallMeter);
      store.writeMeta('wallMeter', JSON.stringify(wallMeter));
    }
    if (next.gridZone !== undefined) {
      gridZone = gridZoneOf(next.gridZone);
      store.writeMeta('gridZone', gridZone ?? '');
    }
    keeper.configure(next);
    sampler.setRate(next.rateHz);
    loop.setRate(next.rateHz);
  }

  let tidiedMs = Number.NEGATIVE_INFINITY;
  function tidyStore(): void {
    const nowMs = machineTime.monotonicMs();
    if (nowMs - tidiedMs < tidyEveryMs) return;
    tidiedMs = nowMs;
    store.tidy(limitsOf(settings), clock.nowMs(), clock.wallMs());
  }

  let unusedSinceMs = machineTime.monotonicMs();
  let retiring = false;
  function endWhenUnused(): void {
    const nowMs = machineTime.monotonicMs();
    const version = retiring || sampler.busy ? null : server.successor;
    if (version !== null) {
      retiring = true;
      server.broadcast('retiring', { version });
      // The clients are to have heard of it.
      setTimeout(end, retiringMs);
    }
    if (sampler.busy || server.clients.size > 0) unusedSinceMs = nowMs;
    else if (nowMs - unusedSinceMs > graceMs) void end();
  }

  let ending = false;
  async function end(): Promise<void> {
    if (ending) return;
    ending = true;
    loop.stop();
    server.close();
    // What cannot be put back in time is on disk for the next sampler.
    await Promise.race([limits.keeper.restore().catch(() => false), pause(restoreWithinMs)]);
    sampler.close();
    store.writeMeta('clock', JSON.stringify(clock.anchor()));
    store.close();
    door.close();
    lock?.release();
    process.exit(0);
  }

  keeper.onChanged = () => server.broadcast('sourcesChanged', sampler.statuses());
  store.onStateChanged = (state) => server.broadcast('storeChanged', state);
  process.on('unhandledRejection', reportOnce);
  process.on('SIGTERM', () => void end());
  process.on('SIGINT', () => void end());
  // A closed terminal is no reason to stop measuring what was started from it.
  process.on('SIGHUP', () => undefined);

  store.writeMeta('clock', JSON.stringify(clock.anchor()));
  await sampler.resume();
  await server.listen(place.address);
  loop.start();
}

const reported = new Set<string>();

/** To the start log, each fault once: the same one ten times a second would fill the disk. */
function reportOnce(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (reported.has(text) || reported.size > 100) return;
  reported.add(text);
  process.stderr.write(`${text}\n`);
}

function readAnchor(store: RunStore): ClockAnchor | null {
  try {
    const parsed: unknown = JSON.parse(store.readMeta('clock') ?? 'null');
    if (typeof parsed !== 'object' || parsed === null) return null;
    const { bootId, offsetMs } = parsed as Partial<ClockAnchor>;
    return typeof bootId === 'string' && typeof offsetMs === 'number' ? { bootId, offsetMs } : null;
  } catch {
    return null;
  }
}

function readWallMeter(store: RunStore): WallMeter | null {
  try {
    return wallMeterFrom(JSON.parse(store.readMeta('wallMeter') ?? 'null'));
  } catch {
    return null;
  }
}

/** Of what a client or the store says; null for what cannot be. */
function wallMeterFrom(value: unknown): WallMeter | null {
  const { gain, offsetW } = Object(value) as Partial<WallMeter>;
  return typeof gain === 'number' && typeof offsetW === 'number' ? wallMeterOf(gain, offsetW) : null;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
