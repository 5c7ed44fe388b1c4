/**
 * Plays a virtual program on the simulated GPU and gives what insight says of it beside the simulator's own truth. The
 * sensor, its repeats and its noise, utilisation and the counter are those of the simulator; insight gets ticks as from
 * the sampler, and never the truth.
 */

import type { StaticFinding } from '../../contracts/findings.ts';
import { createHostActivity } from '../../insight/hostActivity.ts';
import { createRunInsight, type InsightSnapshot } from '../../insight/runInsight.ts';
import { createRandom } from '../../insight/testing/random.ts';
import type { InsightDevice, RunTick } from '../../insight/ticks.ts';
import { type TruthRecord, truthPath } from '../../sampler/sources/simulated/truthFile.ts';
import { openSimulated } from '../../sampler/sources/simulated.ts';
import type { SourceDoor } from '../../sampler/sources/source.ts';
import type { ThreadSpan, VirtualProgram } from './virtualProgram.ts';

export interface Played {
  /** The GPUs that the program opened. */
  readonly devices: readonly InsightDevice[];
  readonly ticks: readonly RunTick[];
  readonly snapshot: InsightSnapshot;
  /** What was told while the run lived, every five seconds. */
  readonly live: readonly { readonly timeMs: number; readonly snapshot: InsightSnapshot }[];
  readonly truth: TruthRecord;
}

const file = '/virtual/sim.jsonl';
const tickMs = 100;
const liveEveryMs = 5000;
/** Readings that get lost, as a share. */
const missing = 0.01;

interface VirtualDoor extends SourceDoor {
  nowMs(): number;
}

function virtualDoor(
  program: VirtualProgram,
  clock: () => number,
): { door: VirtualDoor; truth: () => string } {
  const { lines } = program;
  let read = 0;
  let truth = '';
  const door: VirtualDoor = {
    nowMs: clock,
    run: () => Promise.reject(new Error('A virtual machine has no programs.')),
    stream: () => ({ stop: () => {} }),
    findProgram: () => null,
    readNew(path) {
      if (path !== file) return '';
      let text = '';
      for (let next = lines[read]; next !== undefined && next.timeMs <= clock(); next = lines[read]) {
        text += next.text;
        read += 1;
      }
      return text;
    },
    append(path, text) {
      if (path === truthPath(file)) truth += text;
    },
  };
  return { door, truth: () => truth };
}

/** Time that spans of one state cover up to a time; spans are in order. */
function createCovered(spans: readonly ThreadSpan[]): (timeMs: number) => number {
  let at = 0;
  let doneMs = 0;
  return (timeMs) => {
    for (let next = spans[at]; next !== undefined && next.toMs <= timeMs; next = spans[at]) {
      doneMs += next.toMs - next.fromMs;
      at += 1;
    }
    return doneMs + Math.max(0, timeMs - (spans[at]?.fromMs ?? timeMs));
  };
}

export function playProgram(
  program: VirtualProgram,
  seed: number,
  findings: readonly StaticFinding[] = [],
): Played {
  const random = createRandom(seed);
  const { startMs } = program;
  let nowMs = startMs;
  const { door, truth } = virtualDoor(program, () => nowMs);
  const session = openSimulated(file, door, { rateHz: 1000 / tickMs, gpu: program.gpu, seed });
  const used = new Set(program.opened);
  const devices = session.devices.filter(({ index }) => used.has(index));
  const uuids = new Set(devices.map(({ uuid }) => uuid));
  const insight = createRunInsight(devices, { sourceId: 'simulated', simulated: true });
  insight.setFindings(findings);

  const ranMs = createCovered(program.spans.filter(({ state }) => state === 'runs'));
  const activity = createHostActivity();
  let sampledMs = startMs;
  let reads = 0;
  let state: 'R' | 'S' = 'R';
  let ranBefore = 0;
  const watchHost = (untilMs: number): void => {
    while (sampledMs <= untilMs) {
      const cpuMs = ranMs(sampledMs);
      while ((program.reads[reads] ?? Number.POSITIVE_INFINITY) <= sampledMs) reads += 1;
      state = cpuMs > ranBefore ? 'R' : 'S';
      ranBefore = cpuMs;
      const sample = { timeMs: sampledMs - startMs, state, cpuMs, readyMs: 0 };
      activity.add({ ...sample, readBytes: reads * 4096, readCalls: reads });
      sampledMs += 10 + 2 * Math.abs(random.normal());
    }
  };
  let span = 0;
  const workerCores = (timeMs: number): number => {
    while ((program.spans[span]?.toMs ?? Number.POSITIVE_INFINITY) <= timeMs) span += 1;
    return program.spans[span]?.workerCores ?? 0;
  };

  const ticks: RunTick[] = [];
  const live: { timeMs: number; snapshot: InsightSnapshot }[] = [];
  let printed = 0;
  let lastMs = 0;
  const endMs = program.nowMs + 200;
  for (let tick = 1; startMs + tick * tickMs <= endMs; tick += 1) {
    nowMs = startMs + tick * tickMs + random.between(0, 15);
    const timeMs = nowMs - startMs;
    watchHost(nowMs + 300);
    for (
      let next = program.printed[printed];
      next !== undefined && next.timeMs <= nowMs;
      next = program.printed[printed]
    ) {
      insight.addOutput(next.text, next.timeMs - startMs);
      printed += 1;
    }
    const readings = session.read().filter(({ uuid }) => uuids.has(uuid) && random.next() >= missing);
    const shares = activity.shares(lastMs, timeMs);
    lastMs = timeMs;
    const told: RunTick = {
      timeMs,
      gpus: readings.map((reading) => ({ ...reading, timeMs: reading.timeMs - startMs })),
      host:
        shares === null
          ? null
          : { hostInputShare: shares.input, hostWaitShare: shares.wait, workerCores: workerCores(nowMs) },
    };
    ticks.push(told);
    insight.addTick(told);
    if (Math.floor(timeMs / liveEveryMs) > Math.floor((timeMs - tickMs) / liveEveryMs))
      live.push({ timeMs, snapshot: insight.snapshot() });
  }
  const snapshot = insight.snapshot();
  nowMs = endMs + 1000;
  session.read();
  session.close();
  const [line = '{}'] = truth().split('\n');
  return { devices, ticks, snapshot, live, truth: JSON.parse(line) as TruthRecord };
}
