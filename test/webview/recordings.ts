/** Generated runs, the same on every machine: what a sampler would send, with a step rhythm and input waits. */

import type { BalancePlan } from '../../contracts/balancePlan.ts';
import type { LineEnergy, LineReport } from '../../contracts/lines.ts';
import type { MetricId } from '../../contracts/metrics.ts';
import type { BatchPlan, PlannedPower, PowerSweep } from '../../contracts/powerPlan.ts';
import type { Provenance } from '../../contracts/provenance.ts';
import type {
  Comparison,
  CourseMarks,
  EnergyTotals,
  RunDetail,
  RunDevice,
  RunSummary,
  SeriesBlock,
  StepCurve,
  StepMark,
  WindowTotals,
} from '../../contracts/runs.ts';
import type { LiveUpdate, SourceStatus, StoreState } from '../../contracts/samplerProtocol.ts';
import { type HostMessage, viewProtocolVersion } from '../../contracts/viewProtocol.ts';
import type { WasteItem } from '../../contracts/waste.ts';

export interface RecordingOptions {
  readonly gpus?: number;
  readonly durationMs?: number;
  readonly stepMs?: number;
  readonly simulated?: boolean;
  readonly state?: RunDetail['state'];
  readonly number?: number;
  readonly deviceName?: string;
  /** With joules by line. */
  readonly probe?: boolean;
  /** With clocks, temperature, the host's series, what slowed a GPU, and epochs and kinds of work. */
  readonly everything?: boolean;
}

const counter = (simulated: boolean): Provenance => ({
  source: simulated ? 'simulated' : 'nvidia-smi',
  quality: 'counter',
  simulated,
  band: 0.05,
});

function devices(options: RecordingOptions): readonly RunDevice[] {
  return Array.from({ length: options.gpus ?? 2 }, (_, index) => ({
    uuid: `GPU-${index}`,
    index,
    name: options.deviceName ?? 'NVIDIA H100 80GB HBM3',
    vendor: 'nvidia' as const,
    memoryTotalBytes: 80 * 2 ** 30,
    powerLimitW: 700,
    attribution: options.simulated ? ('simulated' as const) : ('processList' as const),
    provenance: { ...counter(options.simulated ?? false), quality: 'instant' as const },
  }));
}

/** A step of 1.2 s: computing, then waiting for input. */
function sample(gpu: number, timeMs: number): { powerW: number; utilization: number } {
  const phase = ((timeMs + gpu * 35) % 1200) / 1200;
  const wobble = Math.sin(timeMs / 9000 + gpu) * 24 + Math.sin(timeMs * 1.7 + gpu * 3) * 9;
  const start = timeMs < 6000;
  const busy = !start && phase < 0.64;
  return {
    powerW: start ? 74 + gpu : busy ? 520 + gpu * 9 + wobble : 118 + gpu * 2,
    utilization: start ? 0 : busy ? Math.min(1, 0.93 + Math.sin(timeMs / 700) * 0.06) : 0.02,
  };
}

export function block(
  options: RecordingOptions,
  fromMs: number,
  toMs: number,
  stepMs = options.stepMs ?? 100,
): SeriesBlock {
  const timesMs: number[] = [];
  for (let time = fromMs; time < toMs; time += stepMs) timesMs.push(time);
  const series: SeriesBlock['series'][number][] = [];
  const values: (number | null)[][] = [];
  for (const device of devices(options)) {
    const samples = timesMs.map((time) => sample(device.index, time));
    series.push({ id: `${device.uuid}/powerW`, metric: 'powerW', deviceUuid: device.uuid });
    values.push(samples.map(({ powerW }) => powerW));
    series.push({ id: `${device.uuid}/utilization`, metric: 'utilization', deviceUuid: device.uuid });
    values.push(samples.map(({ utilization }) => utilization));
    series.push({ id: `${device.uuid}/memoryUsedBytes`, metric: 'memoryUsedBytes', deviceUuid: device.uuid });
    values.push(timesMs.map((time) => (time < 6000 ? 2 : 43 + device.index) * 2 ** 30));
  }
  if (options.everything === true) addOthers(options, timesMs, series, values);
  return { series, timesMs, values };
}

/** Of a GPU that grows warm, and of the machine around it; its DRAM does not tell what it draws. */
function addOthers(
  options: RecordingOptions,
  timesMs: readonly number[],
  series: SeriesBlock['series'][number][],
  values: (number | null)[][],
): void {
  const add = (owner: string, metric: MetricId, value: (timeMs: number) => number): void => {
    const deviceUuid = owner === 'host' ? null : owner;
    series.push({ id: `${owner}/${metric}`, metric, deviceUuid });
    values.push(timesMs.map(value));
  };
  for (const { uuid, index } of devices(options)) {
    add(uuid, 'smClockMHz', (time) => (time < 6000 ? 345 : 1755 - index * 15));
    add(uuid, 'memoryClockMHz', () => 2619);
    add(uuid, 'temperatureC', (time) => 38 + index + 34 * (1 - Math.exp(-time / 40_000)));
    add(uuid, 'powerCapped', (time) => Number(index === 1 && time >= 30_000 && time < 50_000));
    add(uuid, 'slowedDown', (time) => Number(index === 0 && time >= 80_000 && time < 95_000));
  }
  add('host', 'cpuCores', (time) => 3.2 + Math.sin(time / 4000));
  add('host', 'cpuPowerW', (time) => 112 + 20 * Math.sin(time / 4000));
}

/** Three epochs after the imports; the first of them waits for its input for a while. */
export const course: CourseMarks = {
  epochs: [7000, 45_000, 84_000].map((timeMs, at) => ({ timeMs, epoch: at + 1, done: false })),
  phases: [
    { phase: 'import', fromMs: 0, toMs: 6000 },
    { phase: 'input', fromMs: 7000, toMs: 14_000 },
    { phase: 'backward', fromMs: 14_000, toMs: 80_000 },
    { phase: 'input', fromMs: 82_000, toMs: 90_000 },
    { phase: 'backward', fromMs: 90_000, toMs: 120_000 },
  ],
};

export function totals(options: RecordingOptions, durationMs: number): EnergyTotals {
  const energyJ = (options.gpus ?? 2) * 0.38 * durationMs;
  return {
    energyJ,
    missing: null,
    method: 'counter',
    witnessJ: energyJ * 0.98,
    idleJ: energyJ * 0.31,
    durationMs,
    coverage: 1,
    meanPowerW: energyJ / (durationMs / 1000),
    provenance: counter(options.simulated ?? false),
  };
}

/** What the sampler would answer for a stretch: so much less of the later GPUs that they can be told apart. */
export function windowTotals(options: RecordingOptions, fromMs: number, toMs: number): WindowTotals {
  const all = totals(options, toMs - fromMs);
  const count = options.gpus ?? 2;
  const byDevice = devices(options).map(({ uuid }, at) => {
    const share = (2 * (count - at)) / (count * (count + 1));
    const [energyJ, meanPowerW] = [(all.energyJ ?? 0) * share, (all.meanPowerW ?? 0) * share];
    return { uuid, energyJ, missing: null, meanPowerW, provenance: all.provenance };
  });
  const steps = (toMs - fromMs) / 1200;
  return { ...all, byDevice, steps: { count: steps, perStepJ: (all.energyJ ?? 0) / steps } };
}

export function waste(energyJ: number, sync = 0.08, input = 0.24): readonly WasteItem[] {
  return [
    {
      kind: 'inputWait',
      energyJ: energyJ * input,
      share: input,
      durationMs: 41_000,
      certainty: 'likely',
      evidence: 'The main thread fetched input during 93 % of the idle stretches.',
      places: [
        {
          rule: 'loader-no-workers',
          path: '/home/me/project/loader.py',
          line: 27,
          message: 'The loader prepares batches in the main process while the GPU waits.',
          regionHash: 'a1',
          fixTitle: 'Load with worker processes',
        },
      ],
      windows: Array.from({ length: 60 }, (_, at) => [6768 + at * 1200, 7200 + at * 1200] as const),
    },
    {
      kind: 'hostSync',
      energyJ: energyJ * sync,
      share: sync,
      durationMs: 12_000,
      certainty: 'certain',
      evidence: 'The host waited for the GPU once on each of 96 steps.',
      places: [
        {
          rule: 'sync-scalar-in-step',
          path: '/home/me/project/train.py',
          line: 88,
          message: '.item() on every step makes the host wait for the GPU.',
          regionHash: 'b2',
          fixTitle: 'Read the loss every 50 steps',
        },
      ],
    },
  ];
}

/** What the probe would tell of such a run. */
export function lineReport(energyJ: number): LineReport {
  const places: readonly (readonly [string, number, string, number, number | null])[] = [
    ['/home/me/project/train.py', 88, 'train_one_epoch', 0.31, 0.04],
    ['/home/me/project/data/loader.py', 27, 'next_batch', 0.24, 0.93],
    ['/home/me/project/train.py', 91, 'train_one_epoch', 0.18, 0.02],
    ['/home/me/project/models/attention.py', 142, 'forward', 0.12, 0],
    ['/home/me/project/train.py', 12, '<module>', 0.07, 1],
    ['/home/me/elsewhere/metrics.py', 5, 'log', 0.02, null],
  ];
  const sampledJ = energyJ * 0.97;
  const lines = places.map(([path, line, name, share, idle]) => ({
    path,
    line,
    name,
    samples: share * 2400,
    energyJ: share * sampledJ,
    idleJ: idle === null ? null : idle * share * sampledJ,
  }));
  const functions = [...new Set(lines.map(({ path, name }) => `${path}\n${name}`))].map((key) => {
    const [path = '', name = ''] = key.split('\n');
    const of = lines.filter((line) => line.path === path && line.name === name);
    const sum = (value: (line: LineEnergy) => number): number =>
      of.reduce((all, line) => all + value(line), 0);
    const known = of.every(({ idleJ }) => idleJ !== null);
    return {
      path,
      name,
      samples: sum(({ samples }) => samples),
      energyJ: sum((line) => line.energyJ ?? 0),
      idleJ: known ? sum((line) => line.idleJ ?? 0) : null,
    };
  });
  const phases = [
    ['backward', 0.46],
    ['input', 0.24],
    ['forward', 0.21],
    ['import', 0.07],
    ['other', 0.02],
  ] as const;
  return {
    sampledJ,
    samples: 2400,
    missedSamples: 0,
    lines,
    functions,
    phases: phases.map(([phase, share]) => ({ phase, samples: share * 2400, energyJ: share * sampledJ })),
  };
}

function stepMarks(fromMs: number, toMs: number): readonly StepMark[] {
  const marks: StepMark[] = [];
  for (let time = 7200; time < toMs; time += 1200) {
    if (time >= fromMs) marks.push({ timeMs: time, count: (time - 6000) / 1200 });
  }
  return marks;
}

export function run(options: RecordingOptions = {}): RunDetail {
  const durationMs = options.durationMs ?? 120_000;
  const total = totals(options, durationMs);
  const number = options.number ?? 14;
  const state = options.state ?? 'live';
  return {
    runId: `run-${number}`,
    number,
    name: 'train.py',
    command: 'python train.py --epochs 3 --token ***',
    cwd: '/home/me/project',
    script: '/home/me/project/train.py',
    origin: 'terminal',
    state,
    startedAtMs: 1_790_000_000_000 + number * 3_600_000,
    durationMs,
    exitCode: state === 'ended' ? 0 : null,
    devices: devices(options),
    simulated: options.simulated ?? false,
    totals: total,
    steps: {
      count: Math.max(0, Math.floor((durationMs - 6000) / 1200)),
      total: 2000,
      perStepJ: 39.8,
      spreadJ: 0.62,
      stepsPerSecond: 0.83,
    },
    pid: 4242,
    waste: waste(total.energyJ ?? 0),
    gaps: [],
    stepMarks: stepMarks(0, durationMs),
    notices: [],
    hints: [],
    ...(options.everything ? { course } : {}),
    ...(options.probe ? { lines: lineReport(total.energyJ ?? 0) } : {}),
  };
}

export function live(options: RecordingOptions, fromMs: number, toMs: number): LiveUpdate {
  const shown = run({ ...options, durationMs: toMs });
  return {
    runId: shown.runId,
    durationMs: toMs,
    block: block(options, fromMs, toMs),
    totals: shown.totals,
    steps: shown.steps,
    waste: shown.waste,
    stepMarks: stepMarks(fromMs, toMs),
  };
}

export const sources: readonly SourceStatus[] = [
  {
    id: 'nvidia-smi',
    label: 'NVIDIA (nvidia-smi)',
    state: 'found',
    reason: null,
    detail: 'Two H100 by driver 580.65.',
    remedy: null,
    deviceCount: 2,
  },
];

export const missingSources: readonly SourceStatus[] = [
  {
    id: 'nvidia-smi',
    label: 'NVIDIA (nvidia-smi)',
    state: 'notFound',
    reason: 'notFound',
    detail: 'No nvidia-smi on the path, in /usr/bin or in /usr/lib/wsl/lib.',
    remedy: 'Install the NVIDIA driver, or name the program in perjoule.sampler.nvidiaSmiPath.',
    deviceCount: 0,
  },
  {
    id: 'simulated',
    label: 'Simulated GPU',
    state: 'notFound',
    reason: null,
    detail: 'Off: PERJOULE_SIM names no queue file.',
    remedy: 'Open the demo folder and run train.py: it uses the simulated GPU.',
    deviceCount: 0,
  },
];

export const durable: StoreState = { kind: 'durable', path: '/home/me/.local/share/perjoule', reason: null };

type Hydrate = Extract<HostMessage, { type: 'hydrate' }>;

export function hydrate(options: RecordingOptions = {}, changes: Partial<Hydrate> = {}): Hydrate {
  const shown = run(options);
  const past: RunSummary = run({ ...options, number: shown.number - 1, state: 'ended', durationMs: 133_000 });
  return {
    type: 'hydrate',
    protocol: viewProtocolVersion,
    runs: [shown, past],
    run: shown,
    block: block(options, 0, shown.durationMs, Math.max(100, shown.durationMs / 1200)),
    sources,
    store: durable,
    empty: null,
    ...changes,
  };
}

export const emptyHydrate = (changes: Partial<Hydrate>): Hydrate =>
  hydrate({}, { runs: [], run: null, block: null, sources: missingSources, ...changes });

/** The curve of a large model on an A100 (PCIe) under its limits. */
export function plannedPower(changes: Partial<PlannedPower> = {}): PlannedPower {
  const limits = [150, 175, 200, 225, 250, 275, 300];
  const times = [421, 318, 256, 221, 201, 188, 180];
  const energies = [63.1, 55.2, 50.1, 48.1, 47.6, 47.9, 49.1];
  const points = limits.map((limitW, at) => ({
    limitW,
    steps: 40,
    perStepMs: times[at] ?? 0,
    perStepJ: energies[at] ?? 0,
    spreadJ: 0.4,
    meanPowerW: ((energies[at] ?? 0) * 1000) / (times[at] ?? 1),
    reached: true,
    differs: limitW === 300 ? null : true,
    paretoOptimal: limitW >= 250,
  }));
  return {
    runId: run().runId,
    number: 14,
    name: 'train.py',
    simulated: false,
    gpus: 1,
    points,
    picks: {
      leastEnergyW: 250,
      bySlowdown: Array.from({ length: 51 }, (_, percent) => (percent < 5 ? 300 : percent < 12 ? 275 : 250)),
      byEta: Array.from({ length: 101 }, (_, hundredths) => (hundredths < 40 ? 300 : 275)),
    },
    caveats: [],
    ...changes,
  };
}

/** Three sizes of one program; the largest leaves half of the memory. */
export function batchedRuns(changes: Partial<BatchPlan> = {}): BatchPlan {
  const sizes = [
    [16, 4.1, 0.21],
    [32, 2.9, 0.28],
    [64, 2.36, 0.42],
  ] as const;
  const points = sizes.map(([batchSize, perSampleJ, memoryShare], at) => ({
    runId: `run-${12 + at}`,
    number: 12 + at,
    name: 'train.py',
    batchSize,
    from: at === 0 ? ('asked' as const) : ('command' as const),
    steps: 400,
    perStepMs: 4 * batchSize,
    perSampleMs: 4,
    perSampleJ,
    spreadJ: 0.04,
    memoryShare,
    simulated: false,
  }));
  return {
    points,
    leftOut: [],
    best: {
      batchSize: 64,
      between: [32, null],
      why: '32 takes 23 % more per sample; nothing larger was recorded.',
    },
    next: {
      batchSize: 128,
      why: 'It would take about 70 % of the GPU’s memory; the last larger size saved 19 % per sample.',
    },
    caveats: ['A larger batch changes how the model learns.'],
    ...changes,
  };
}

/** Two GPUs, one done a fifth of the step earlier. */
export function balancedRun(changes: Partial<BalancePlan> = {}): BalancePlan {
  const gpu = { name: 'NVIDIA H100 80GB HBM3', spreadMs: 2 };
  return {
    runId: run().runId,
    number: 14,
    name: 'train.py',
    simulated: false,
    source: 'nvml',
    steps: 400,
    perStepMs: 200,
    perStepJ: 190,
    slackFrom: 'utilization',
    gpus: [
      {
        ...gpu,
        uuid: 'GPU-0',
        index: 0,
        workShare: 0.96,
        slackMs: 0,
        perStepJ: 104,
        meanPowerW: 520,
        stretch: 1,
        savedJ: 0,
      },
      {
        ...gpu,
        uuid: 'GPU-1',
        index: 1,
        workShare: 0.76,
        slackMs: 40,
        perStepJ: 86,
        meanPowerW: 430,
        stretch: 1.25,
        savedJ: 18.4,
      },
    ],
    savedJ: 18.4,
    caveats: ['Savings are modelled, not measured: nothing was slowed.'],
    ...changes,
  };
}

export function powerSweep(changes: Partial<PowerSweep> = {}): PowerSweep {
  return {
    runId: run().runId,
    state: 'running',
    limitsW: [300, 275, 250, 225, 200, 175, 150],
    done: 2,
    limitW: 250,
    steps: 31,
    stepsWanted: 50,
    costSteps: 131,
    costJ: 6400,
    costMs: 25_000,
    points: [],
    refusal: null,
    restored: false,
    ...changes,
  };
}

export function comparison(changes: Partial<Comparison> = {}): Comparison {
  const side = { energyJ: 81_400, durationMs: 133_000, idleShare: 0.38, steps: 1900, simulated: false };
  return {
    baseline: { ...side, runId: 'run-13', name: 'train.py', number: 13, perStepJ: 52.1, spreadJ: 0.8 },
    run: {
      ...side,
      runId: 'run-14',
      name: 'train.py',
      number: 14,
      perStepJ: 36,
      spreadJ: 0.6,
      energyJ: 56_300,
      idleShare: 0.11,
      durationMs: 96_000,
    },
    verdict: 'better',
    change: -0.309,
    interval: [-0.334, -0.281],
    caveats: [],
    warmUpSteps: 50,
    curves: { baseline: curve(52.1, 1900), run: curve(36, 1950) },
    ...changes,
  };
}

/** Forty stretches, dearer while the run is warming up. */
function curve(perStepJ: number, last: number): StepCurve {
  const steps = Array.from({ length: 40 }, (_, at) => ((at + 1) * last) / 40);
  return { steps, perStepJ: steps.map((step) => perStepJ * (1 + 0.3 * Math.exp(-step / 60))) };
}
