/** What a trace of PyTorch's profiler shows, and what it says about the findings and the waste of a run. */

import type { StaticFinding } from './findings.ts';
import type { RunDetail } from './runs.ts';
import type { WasteKind } from './waste.ts';

/** Where in the program: the profiler names functions by their first line, older ones the line that ran. */
export interface TraceFrame {
  /** As the trace has it: absolute, or relative to a folder that Python searches. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** Of the function; `<module>` for what stands in none. */
  readonly name: string;
}

/** One place at which the host waited. */
export interface TraceWait {
  readonly kind: 'hostSync' | 'inputWait';
  /** What was called: `aten::item`, `cudaStreamSynchronize`, the loader's iterator. */
  readonly what: string;
  /** The innermost own code; null where the trace has no stack of it. */
  readonly frame: TraceFrame | null;
  readonly times: number;
  readonly waitMs: number;
  /** Of the traced time, 0–1. */
  readonly share: number;
  /** For how long no kernel ran around the ends of these waits: until the host had sent more. */
  readonly gpuIdleMs: number;
}

export interface TraceDevice {
  readonly index: number;
  readonly name: string | null;
  /** Share of the traced time in which some kernel ran, 0–1. */
  readonly busyShare: number;
  /** That began in the traced time, as are those of the next two figures. */
  readonly kernels: number;
  /** Null where no kernel ran. */
  readonly meanKernelMs: number | null;
  /** Share of the kernels' time in kernels of fewer blocks than the GPU has processors; null where it is not told. */
  readonly tooSmallShare: number | null;
  /** Share of the traced time in kernels that exchange data between GPUs, which wait for the slowest. */
  readonly exchangeShare: number;
}

export interface TraceSummary {
  /** Steps that the profiler marked; 0 where the program marked none. */
  readonly steps: number;
  readonly spanMs: number;
  /** Wall clock, milliseconds since 1970; null where the trace does not say. */
  readonly startedAtMs: number | null;
  /** Whether calls of Python are there, and as what. */
  readonly stacks: 'none' | 'functions' | 'lines';
  readonly devices: readonly TraceDevice[];
  /** Whether kernels and calls of the GPU's runtime are there: without them no wait for the GPU shows. */
  readonly gpuRecorded: boolean;
  /** The longest first, and not all of many. */
  readonly waits: readonly TraceWait[];
  /** Shares of the traced time in which the host waited, overlaps once. */
  readonly shares: Readonly<Record<TraceWait['kind'], number>>;
  /** Shares of the traced time in which no kernel ran on account of these waits, of all places. */
  readonly gpuIdle: Readonly<Record<TraceWait['kind'], number>>;
  /** Events that could not be read. */
  readonly unreadable: number;
}

/** `open`: the trace cannot tell. */
export type TraceVerdict = 'confirmed' | 'retired' | 'open';

export interface TraceFinding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly verdict: TraceVerdict;
  /** Of the finding: the verdict holds for this text. */
  readonly regionHash: string;
  /** Of the traced time, 0–1; null where nothing is told. */
  readonly share: number | null;
  /** Null where the verdict is open. */
  readonly seen: TraceSeen | null;
  /** One sentence. */
  readonly because: string;
}

/** How a finding showed in a trace. */
export interface TraceSeen {
  /** How long the host waited for it, all calls together. */
  readonly waitMs: number;
  readonly calls: number;
  /** The function in which the profiler tells no lines apart; null where it names the line. */
  readonly within: string | null;
}

/** A verdict at the hint in the editor. Matched by rule, path and region hash; a trace tells of time, never of joules. */
export interface TracedHint extends TraceSeen {
  readonly rule: string;
  readonly path: string;
  readonly regionHash: string;
  readonly verdict: Exclude<TraceVerdict, 'open'>;
  /** Of the traced time, 0–1. */
  readonly share: number;
  /** Steps that the profiler marked; 0 where the program marked none. */
  readonly steps: number;
  /** Name of the trace's file, without its folder. */
  readonly file: string;
  /** The run beside which the trace was opened. */
  readonly runId: string;
}

export interface TraceKind {
  readonly kind: WasteKind;
  readonly verdict: TraceVerdict;
  readonly share: number | null;
  readonly because: string;
}

/** A trace held against a run, or alone. Shares are of time: none of its figures is an energy. */
export interface TraceReading {
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly runId: string | null;
  /** `profiler trace, 5 steps; profiling itself slows the run` */
  readonly quality: string;
  readonly summary: TraceSummary;
  readonly findings: readonly TraceFinding[];
  readonly kinds: readonly TraceKind[];
  /** What weakens the reading, in sentences. */
  readonly notes: readonly string[];
}

/** What the thread that reads a trace is started with. */
export interface TraceRequest {
  readonly path: string;
  readonly run: RunDetail;
  readonly findings: readonly StaticFinding[];
}

/** What it says: how far it is, and at its end one of the others. */
export type TraceAnswer =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'read'; readonly reading: TraceReading; readonly hints: readonly TracedHint[] }
  /** A clause without a full stop. */
  | { readonly type: 'failed'; readonly reason: string };
