/**
 * Messages between the sampler and its clients: JSON-RPC 2.0 with Content-Length framing over a private local socket.
 *
 * The client's first request is `hello`. A sampler that speaks another major number answers it with its own
 * number and nothing else; the client then leaves the older sampler to finish its runs.
 */

import type { BalancePlan } from './balancePlan.ts';
import type { StaticFinding } from './findings.ts';
import type {
  BatchPlan,
  PlannedPower,
  PowerLimitState,
  PowerSweep,
  SizedRun,
  SweepOptions,
} from './powerPlan.ts';
import type { MissingReason } from './provenance.ts';
import type { RunReport } from './report.ts';
import type { RunBlock, RunRecord } from './runFile.ts';
import type {
  Comparison,
  CourseMarks,
  EnergyTotals,
  RunDetail,
  RunLabels,
  RunOrigin,
  RunSummary,
  SeriesBlock,
  SidesComparison,
  StepFigures,
  StepMark,
  WallMeter,
  WindowTotals,
} from './runs.ts';
import type { SavingsLedger } from './savings.ts';
import type { WasteItem } from './waste.ts';

export const samplerProtocolVersion = 1;

/** A single message may not be longer; the connection is closed when one is. */
export const maxMessageBytes = 8 * 2 ** 20;

export interface SamplerSettings {
  /** Readings a second for power and energy, 1–20. */
  readonly rateHz: number;
  /** Program to use for `nvidia-smi`; null searches PATH and the usual places. */
  readonly nvidiaSmiPath: string | null;
  /** Server that is asked for GPUs of other machines; absent or null asks none. */
  readonly prometheusUrl?: string | null;
  /** MiB that the run store may take, and days for which it keeps single readings; absent or null for no limit. */
  readonly storeLimitMiB?: number | null;
  readonly keepReadingsDays?: number | null;
  /** Gain and offset of this machine's wall meter; null for none, absent leaves what was set before. */
  readonly wallMeter?: WallMeter | null;
  /** Zone of this machine's grid; null for none, absent leaves what was set before. */
  readonly gridZone?: string | null;
}

export interface HelloParams {
  readonly protocol: number;
  readonly client: { readonly name: string; readonly version: string };
  /** Required on Windows, where a pipe has no file permissions; from the private folder. */
  readonly token: string | null;
  readonly settings: SamplerSettings | null;
  /**
   * The client finds the next sampler by itself when this one ends, and starts its own where none is. A sampler hands
   * over to a newer one of such clients once no run lives, and never under another client's hands.
   */
  readonly reconnects?: boolean;
  /** Its own sampler could not be started when it was tried last: nothing is handed over to it. */
  readonly cannotStart?: boolean;
}

export interface StoreState {
  /** `memory`: nothing is kept after the sampler ends, and the reason says why. */
  readonly kind: 'durable' | 'readOnly' | 'memory';
  readonly path: string | null;
  readonly reason: string | null;
}

/** What the store takes. */
export interface StoreUse {
  readonly path: string | null;
  readonly bytes: number;
  /** The limit that was set; null for none. */
  readonly limitBytes: number | null;
  readonly runs: number;
  /** Wall clock; older runs have summaries of their readings only. Null when there are no single readings. */
  readonly oldestReadingAtMs: number | null;
}

export interface HelloResult {
  readonly protocol: number;
  readonly version: string;
  readonly pid: number;
  readonly store: StoreState;
  /** Where the probe in a program may write; null where it cannot, absent of a sampler that knows no probe. */
  readonly probeFolder?: string | null;
}

export interface SourceStatus {
  readonly id: string;
  readonly label: string;
  readonly state: 'found' | 'notFound' | 'failed' | 'lost';
  readonly reason: MissingReason | null;
  /** One sentence for people: what was looked for, or what was found. */
  readonly detail: string;
  readonly remedy: string | null;
  readonly deviceCount: number;
  /** Measures the machine around the GPUs, or other machines: it stands in for no GPU of this one. */
  readonly host?: boolean;
}

export interface FollowParams {
  /** Chosen by the client; a second `follow` with the same id only updates the labels. */
  readonly followId: string;
  /**
   * `shell`: watch the descendants of this process and open a run when one of them uses a GPU.
   * `program`: the same, and this process may itself be the one. Where a shell's follow has a run of it already, this
   * only names the run better.
   * `process`: this process is the run.
   * `cell`: a stretch in the life of a notebook's kernel, one of the descendants of this process, from now to `followEnd`;
   * a run where the kernel holds a GPU and the stretch is longer than a second.
   */
  readonly anchor: 'shell' | 'program' | 'process' | 'cell';
  readonly pid: number;
  /** Of anchor `process`, as `GpuHolder.start` said it: another process that has this number by now is not followed. */
  readonly start?: string;
  /** Empty when it is not known, as for a terminal that was busy before its window could listen. */
  readonly command: string;
  readonly cwd: string;
  readonly origin: RunOrigin;
  /** Name for the run; by default the script's file name or the command's first word. */
  readonly name?: string;
  /** Absolute path of the Python script, where the processes show a launcher's. */
  readonly script?: string;
  /**
   * Value of `PERJOULE_TAG` in the environment of what is started here: it tells a process that left all its ancestors
   * (a daemon) from others.
   */
  readonly tag?: string;
}

export interface FollowResult {
  /** Known at once for anchor `process`. */
  readonly runId: string | null;
}

export interface FollowEndParams {
  readonly followId: string;
  readonly exitCode: number | null;
}

/** A process of this user that holds a GPU of this machine. */
export interface GpuHolder {
  readonly pid: number;
  /** Start time in the operating system's own unit: tells processes of the same number apart. */
  readonly start: string;
  readonly name: string;
  /** Secrets already masked. */
  readonly command: string;
  readonly device: { readonly uuid: string; readonly index: number; readonly name: string };
  readonly simulated: boolean;
  /** Of the whole GPU, now. */
  readonly powerW: number | null;
  /** The run that it belongs to now. */
  readonly runId: string | null;
  /** How long it has held the GPU while nothing ran there, as far as that was watched, and what the GPU drew; null: not known. */
  readonly idle: { readonly forMs: number; readonly energyJ: number } | null;
}

/** A piece of what the followed program printed, as it came. Escape sequences are welcome. */
export interface OutputParams {
  readonly followId: string;
  readonly text: string;
}

export interface SeriesParams {
  readonly runId: string;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** At most so many points a series; each is the mean of its bucket. */
  readonly points: number;
}

export interface TotalsParams {
  readonly runId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface RunSamplesParams {
  readonly runId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Only this track; every one when it is absent. */
  readonly track?: string;
}

export interface ImportSamplesParams {
  readonly runId: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly blocks: readonly RunBlock[];
}

/** At most four a second and run; only what changed since the one before, and all of it on the first. */
export interface LiveUpdate {
  readonly runId: string;
  readonly durationMs: number;
  readonly block: SeriesBlock;
  readonly totals: EnergyTotals;
  readonly steps: StepFigures | null;
  /** Present when the list changed. */
  readonly waste: readonly WasteItem[] | null;
  /** Marks since the update before. */
  readonly stepMarks?: readonly StepMark[];
  /** All of them; present when they changed. */
  readonly course?: CourseMarks;
  /** A probe tells of its lines: the details have joules by line. */
  readonly probed?: true;
}

/** Request name → parameters and result. */
export interface SamplerRequests {
  hello: { params: HelloParams; result: HelloResult };
  sources: { params: null; result: readonly SourceStatus[] };
  follow: { params: FollowParams; result: FollowResult };
  followEnd: { params: FollowEndParams; result: null };
  /** Ends a live run; its program goes on and becomes no other run unless somebody attaches to it. */
  stopFollowing: { params: { readonly runId: string }; result: null };
  gpuHolders: { params: null; result: readonly GpuHolder[] };
  listRuns: { params: { readonly limit: number }; result: readonly RunSummary[] };
  getRun: { params: { readonly runId: string }; result: RunDetail | null };
  series: { params: SeriesParams; result: SeriesBlock };
  totals: { params: TotalsParams; result: WindowTotals };
  compare: { params: { readonly baselineRunId: string; readonly runId: string }; result: Comparison };
  /** Several runs against several, two a side at least. */
  compareSides: {
    params: { readonly baselineRunIds: readonly string[]; readonly runIds: readonly string[] };
    result: SidesComparison;
  };
  /** The same as a Markdown page. */
  sidesReport: {
    params: { readonly baselineRunIds: readonly string[]; readonly runIds: readonly string[] };
    result: { readonly markdown: string };
  };
  /** The report of a run, as data and as a Markdown page. @see RunReport. Null for a run that is not there. */
  report: {
    params: { readonly runId: string; readonly intensity: number | null };
    result: { readonly report: RunReport; readonly markdown: string } | null;
  };
  /** What was proven to be saved so far, as data and as a Markdown page. */
  savings: { params: null; result: { readonly ledger: SavingsLedger; readonly markdown: string } };
  /** Steps by power limit, from what was recorded of these runs together. */
  powerPlan: {
    params: { readonly runIds: readonly string[]; readonly warmUpSteps: number };
    result: PlannedPower;
  };
  /** Energy per sample by batch size; a size of null is looked for in the run's command. */
  batchPlan: { params: { readonly runs: readonly SizedRun[] }; result: BatchPlan };
  /** Slack of each GPU of a run, and what slowing it would save. */
  balancePlan: { params: { readonly runId: string }; result: BalancePlan };
  /** What a sweep over the run would set, by GPU. */
  powerLimits: { params: { readonly runId: string }; result: readonly PowerLimitState[] };
  /**
   * Tries power limits on a live run. Only after a person has seen the limits and said yes: `agreed` is refused
   * otherwise. Ends with this client, in the limits that stood before.
   */
  startPowerSweep: {
    params: { readonly runId: string; readonly options: SweepOptions; readonly agreed: boolean };
    result: PowerSweep;
  };
  stopPowerSweep: { params: { readonly runId: string }; result: null };
  /** Null for a run that is not there. What is not given stays as it is. */
  labelRun: {
    params: { readonly runId: string; readonly labels: Partial<RunLabels> };
    result: RunSummary | null;
  };
  /** Takes a run out of every list; `restoreRun` brings it back for ten minutes. */
  deleteRun: { params: { readonly runId: string }; result: null };
  /** Null when it is gone for good. */
  restoreRun: { params: { readonly runId: string }; result: RunSummary | null };
  storeUse: { params: null; result: StoreUse };
  /** Everything of a run but its samples, for a file. */
  runRecord: { params: { readonly runId: string }; result: RunRecord | null };
  /** Every sample in `[fromMs, toMs)` on the run's clock. The answer must fit one message: ask for minutes. */
  runSamples: { params: RunSamplesParams; result: readonly RunBlock[] };
  /** Samples of a run that comes from a file; `importRun` with the same id ends the import. */
  importSamples: { params: ImportSamplesParams; result: null };
  /** Fails when a run of that id is here already: nothing is ever overwritten. */
  importRun: { params: { readonly record: RunRecord }; result: { readonly number: number } };
  /** The checker's findings for the files of a run: they name the places in the waste list. */
  setFindings: {
    params: { readonly runId: string; readonly findings: readonly StaticFinding[] };
    result: null;
  };
  /** Turns `live` notifications on or off for this client. */
  subscribe: { params: { readonly live: boolean }; result: null };
}

/** Notifications from a client. */
export interface ClientNotifications {
  output: OutputParams;
}

/** Notifications from the sampler. */
export interface SamplerNotifications {
  /** A run opened or changed; `followId` names the signal that belongs to it. */
  runChanged: { readonly run: RunSummary; readonly followId: string | null };
  runRemoved: { readonly runId: string };
  live: LiveUpdate;
  /** At most twice a second while one is under way, and at its end. */
  powerSweep: PowerSweep;
  sourcesChanged: readonly SourceStatus[];
  storeChanged: StoreState;
  /** This sampler ends now, for one of this version: whose client is older waits until the newer has started its own. */
  retiring: { readonly version: string };
}
