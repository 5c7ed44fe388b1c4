/** What the host posts to the page of a run on many GPUs: every value that NVML tells, in the sampler's own form. */

import type { HostMessage } from '../../contracts/viewProtocol.ts';
import type { RunTick } from '../../insight/ticks.ts';
import { tickSeries } from '../../sampler/runSeries.ts';
import { hydrate, live, type RecordingOptions } from '../webview/recordings.ts';

const tickMs = 100;

/** Training steps of 1.3 s with a wait for input in each; no two GPUs and no two moments are the same. */
export function gpuValues(gpu: number, timeMs: number) {
  const busy = (timeMs + gpu * 40) % 1300 < 900;
  const noise = Math.sin(timeMs * 0.37 + gpu * 5) * 7 + Math.sin(timeMs / 5000 + gpu) * 20;
  return {
    powerW: (busy ? 560 : 130) + 5 * gpu + noise,
    energyJ: (0.43 * timeMs) / (1 + gpu / 100),
    averagePowerW: 430 + noise,
    utilization: busy ? 0.97 + Math.sin(timeMs) / 50 : 0.1,
    memoryUsedBytes: (60 + gpu / 4) * 2 ** 30,
    powerLimitW: 700,
    smClockMHz: busy ? 1755 + 15 * (gpu % 4) : 1980,
    memoryClockMHz: 2619,
    temperatureC: 58 + (gpu % 5),
    powerCapped: 0,
    slowedDown: 0,
  };
}

export const hostValues = (timeMs: number) => ({
  cpuCores: 3 + Math.sin(timeMs / 900),
  hostMemoryBytes: 2 ** 35,
  hostInputShare: 0.25,
  hostWaitShare: 0.4,
});

function ticks(gpus: number, fromMs: number, toMs: number): readonly RunTick[] {
  return Array.from({ length: Math.round((toMs - fromMs) / tickMs) }, (_, at) => {
    const timeMs = fromMs + at * tickMs;
    return {
      timeMs,
      gpus: Array.from({ length: gpus }, (__, gpu) => ({ uuid: `GPU-${gpu}`, ...gpuValues(gpu, timeMs) })),
      host: hostValues(timeMs),
    };
  });
}

export const liveMessage = (options: RecordingOptions, fromMs: number, toMs: number): HostMessage => ({
  type: 'live',
  update: {
    ...live({ ...options, durationMs: toMs }, fromMs, toMs),
    block: tickSeries(ticks(options.gpus ?? 1, fromMs, toMs)),
  },
});

/** A run that has just begun. */
export const firstMessage = (options: RecordingOptions): HostMessage =>
  hydrate({ ...options, durationMs: tickMs });
