/** A recorded or live run, as every room but the store sees it. */

import type { MeasuredHint } from './findings.ts';
import type { LineReport } from './lines.ts';
import type { MetricId } from './metrics.ts';
import type { MissingReason, PowerSensing, Provenance } from './provenance.ts';
import type { SharingState } from './sharing.ts';
import type { MemoryHeadroom, WasteItem } from './waste.ts';

/**
 * How the run was first noticed. Later signals only add labels. `attach`: a person chose a process that lived already.
 * `file`: it was measured by another program.
 */
export type RunOrigin = 'terminal' | 'command' | 'task' | 'debug' | 'notebook' | 'attach' | 'cli' | 'file';

export type ImportFormat = 'perjoule' | 'codecarbon' | 'zeus' | 'prometheus';

/** Stands beside a run that was not measured by this machine's sampler. */
export interface ImportedFrom {
  readonly format: ImportFormat;
  /** Name of the file, without its folder. */
  readonly file: string;
  /** Wall clock, milliseconds since 1970. */
  readonly importedAtMs: number;
}

/**
 * `live` while a followed process lives; `ended` when it was seen to end; `interrupted` when the sampler
 * died while it lived and found the process gone on its return.
 */
export type RunState = 'live' | 'ended' | 'interrupted';

/** How sure it is that a GPU belongs to the run. */
export type DeviceAttribution = 'processList' | 'simulated' | 'jobLabel' | 'onlyRun' | 'unknown';

export interface DeviceInfo {
  /** Lasting identity; the index is only a position. */
  readonly uuid: string;
  readonly index: number;
  readonly name: string;
  readonly vendor: 'nvidia' | 'amd' | 'intel' | 'apple' | 'unknown';
  readonly memoryTotalBytes: number | null;
  readonly powerLimitW: number | null;
}

export interface RunDevice extends DeviceInfo {
  readonly attribution: DeviceAttribution;
  readonly provenance: Provenance;
  /** How its power values are made; absent or null where nothing is known of the chip. */
  readonly sensing?: PowerSensing | null;
  /** A new value of its energy counter so often, milliseconds; absent: about ten times a second. */
  readonly counterPeriodMs?: number;
  /** Its readings come so far apart, milliseconds; absent where the sampler sets the pace. */
  readonly readEveryMs?: number;
  /** Its power is the counter's own difference, so that one says nothing of the other. */
  readonly powerFromCounter?: boolean;
  /** Absent until it was looked at who holds it. */
  readonly sharingState?: SharingState;
  /** Absent until the run has shown any of it. */
  readonly idlePower?: IdlePower;
}

/** What a GPU drew without work, watts; null where the run did not show it. */
export interface IdlePower {
  /** With a context open and no kernel running. */
  readonly contextIdlePowerW: number | null;
  /** With nothing open: before the context was, or after it. */
  readonly idlePowerW: number | null;
}

/**
 * What became of the energy of GPUs that processes of others held too. The three parts add up to the energy; they are
 * an estimate by which processes computed, so they stand beside the measured energy and never in its place.
 */
export interface SharedEnergy {
  /** Time in which others were seen to hold one of the GPUs, milliseconds; of several GPUs the longest. */
  readonly sharedMs: number;
  /** The run's: all of the time it had the GPU alone, its share of the rest. */
  readonly runJ: number;
  readonly othersJ: number;
  /** Drawn while the GPU was shared, and by nobody that could be named. */
  readonly unattributedJ: number;
  /** Null: nothing tells who computed, so the shared time is not divided. */
  readonly confidence: 'likely' | 'possible' | null;
}

/**
 * What a notebook's kernel cost after its cell: its GPUs drew this although nothing ran on them. It is no part of the
 * run's totals, which end with the cell.
 */
export interface KernelHold {
  /** From the end of the cell until the kernel let go of the GPUs, its next run or its end; up to now while none has come. */
  readonly durationMs: number;
  /** The part in which nothing ran; of several GPUs the longest. Null where nothing tells. */
  readonly idleMs: number | null;
  /** Drawn in the idle part by the whole GPUs, integrated from power; null where nothing tells. */
  readonly energyJ: number | null;
  /** Share of the duration with readings that tell, 0–1; of several GPUs the least. */
  readonly coverage: number;
  readonly provenance: Provenance | null;
  /** What ended it; null while it goes on, and where the sampler ended first. */
  readonly until: 'nextRun' | 'letGo' | 'kernelEnd' | null;
}

/** What a person found with a meter at the wall of this machine: wall power is gain times GPU power, and the offset. */
export interface WallMeter {
  readonly gain: number;
  readonly offsetW: number;
}

/** An estimate from the person's own meter; stands beside the measured energy and is in no total. */
export interface WallEnergy extends WallMeter {
  readonly energyJ: number;
}

export interface EnergyTotals {
  /** Energy of all the run's GPUs over the measured time; null when nothing could be measured. */
  readonly energyJ: number | null;
  readonly missing: MissingReason | null;
  /** `counter` differences, or `integration` of power samples. */
  readonly method: 'counter' | 'integration' | null;
  /** The other method's figure over the same time, where there is one. */
  readonly witnessJ: number | null;
  /** Energy while no kernel ran. */
  readonly idleJ: number | null;
  readonly durationMs: number;
  /** Share of the duration that has readings, 0–1. */
  readonly coverage: number;
  readonly meanPowerW: number | null;
  readonly provenance: Provenance | null;
  /** Absent while no process of others was seen on the run's GPUs. */
  readonly sharing?: SharedEnergy;
  /**
   * Absent where the machine has no gain and offset, where they would make it no energy at all, and for a GPU that is
   * simulated or of another machine.
   */
  readonly wall?: WallEnergy;
}

/** One GPU's part of a window. */
export interface DeviceTotals
  extends Pick<EnergyTotals, 'energyJ' | 'missing' | 'meanPowerW' | 'provenance'> {
  readonly uuid: string;
}

/** Steps done in a window of a run; its edges are interpolated between progress lines. */
export interface WindowSteps {
  /** What is counted; absent for steps. */
  readonly unit?: StepUnit;
  readonly count: number;
  /** All of the window's energy over them, pauses and warm-up included; null where one of the two is not known. */
  readonly perStepJ: number | null;
}

/** Totals of a stretch of a run. */
export interface WindowTotals extends EnergyTotals {
  /** In the run's order; absent of a sampler of an earlier version. */
  readonly byDevice?: readonly DeviceTotals[];
  /** Null where the window's steps are not known; absent of a sampler of an earlier version. */
  readonly steps?: WindowSteps | null;
  /** Where they are not known: between which times of the run they are; absent where there is no count at all. */
  readonly stepsSeenMs?: readonly [fromMs: number, toMs: number];
}

/** What a program's own count is of: its steps, or where it prints none what it does print. Tokens are generated ones. */
export type StepUnit = 'step' | 'epoch' | 'sample' | 'token';

export interface StepFigures {
  /** What is counted; absent for steps. */
  readonly unit?: StepUnit;
  /** Steps known to be done so far. */
  readonly count: number;
  /** Steps the progress line announces; null when it does not say. */
  readonly total: number | null;
  /** Energy per step after warm-up; null until enough steps are known. */
  readonly perStepJ: number | null;
  /** Standard deviation between blocks of steps. */
  readonly spreadJ: number | null;
  readonly stepsPerSecond: number | null;
}

/** A stretch without readings, on the run's clock. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: 'samplerDown' | 'sourceLost' | 'suspended';
}

export interface GitState {
  readonly commit: string;
  /** Null for a commit that is on no branch now. */
  readonly branch: string | null;
  /** Whether files that git knows were changed and not committed; null where to look would start the repository's filters. */
  readonly dirty: boolean | null;
}

/** Under which a run was made: so that it can be made again. */
export interface RunSetting {
  /** Path of the program that interprets the script, as it was started. */
  readonly interpreter: string | null;
  /** Of the script's folder; null where that is in no repository. */
  readonly git: GitState | null;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** Of the electricity grid, as the machine's owner names it, such as `DE`; absent where none was named. */
  readonly gridZone?: string;
}

/** What a person writes of a run. */
export interface RunLabels {
  readonly name: string;
  readonly note: string;
  readonly tags: readonly string[];
  /** Pinned: later runs of its script are held against it. */
  readonly baseline: boolean;
}

export interface RunSummary {
  readonly runId: string;
  /** Sequence number on this machine, for people: "run 14". */
  readonly number: number;
  /** Short name: the script's file name, or the command's first word. */
  readonly name: string;
  /** Secrets already masked. */
  readonly command: string;
  readonly cwd: string;
  /** Absolute path of the Python script, where one could be told from the command line. */
  readonly script: string | null;
  readonly origin: RunOrigin;
  readonly state: RunState;
  /** Wall clock, milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** null while live, and when nobody could tell. */
  readonly exitCode: number | null;
  readonly devices: readonly RunDevice[];
  readonly simulated: boolean;
  readonly totals: EnergyTotals;
  readonly steps: StepFigures | null;
  /** The process that anchors the run. */
  readonly pid: number;
  /** Absent where nobody wrote any. */
  readonly note?: string;
  readonly tags?: readonly string[];
  readonly baseline?: boolean;
  /** When it was pinned, wall clock in ms since 1970; null once the pin is gone, absent where an earlier version pinned it. */
  readonly pinnedAtMs?: number | null;
  /** Pins that were taken away again, oldest first; absent where there were none. */
  readonly pastPins?: readonly PastPin[];
  /** Absent for a run of another program, and of an earlier version. */
  readonly setting?: RunSetting;
  /** Absent for a run of this machine. */
  readonly imported?: ImportedFrom;
  /** Absent for what was no cell, and until the kernel has held a GPU for a while after it. */
  readonly heldAfter?: KernelHold;
}

/** Wall clock, milliseconds since 1970. */
export interface PastPin {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the step count was seen to reach a number, on the run's clock. */
export interface StepMark {
  readonly timeMs: number;
  readonly count: number;
}

/** A boundary that the program printed, on the run's clock. */
export interface EpochMark {
  readonly timeMs: number;
  /** As the program counts. */
  readonly epoch: number;
  /** Whether it was told that so many are done; else that this one begins. */
  readonly done: boolean;
}

/** What the main thread was at most of the time, by the probe: forward, backward, optimizer, input, import, communication. */
export interface PhaseStretch {
  readonly phase: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the program tells of its own course, for the curve; both in order of time, either may be empty. */
export interface CourseMarks {
  readonly epochs: readonly EpochMark[];
  readonly phases: readonly PhaseStretch[];
}

export interface RunDetail extends RunSummary {
  readonly waste: readonly WasteItem[];
  /** Absent where the GPUs' memory was used, or is not known. */
  readonly memoryHeadroom?: MemoryHeadroom;
  readonly gaps: readonly Gap[];
  /** For drawing, oldest first; thinned to some 300 over the run. Absent where steps are not known. */
  readonly stepMarks?: readonly StepMark[];
  /** Absent where the program told of neither epochs nor phases. */
  readonly course?: CourseMarks;
  /** Sources that were asked and gave nothing, with the reason and one remedy: the panel's empty state. */
  readonly notices: readonly RunNotice[];
  /** Of its machine when it began, so that it is known before there is an energy; absent for none, and in files. */
  readonly wallMeter?: WallMeter;
  /** Where in the program the joules went; absent without the probe. */
  readonly lines?: LineReport;
  /** What the run says about the findings it was given: confirmed or refuted, for the marks in the editor. */
  readonly hints: readonly MeasuredHint[];
}

export interface RunNotice {
  /** Stable id, for example `noGpu`, `sourceLost`, `notStored`. */
  readonly id: string;
  readonly message: string;
  readonly remedy: string | null;
}

export interface SeriesInfo {
  /** `<device uuid>/<metric>`, or `host/<metric>`. */
  readonly id: string;
  readonly metric: MetricId;
  /** null for the host's own metrics. */
  readonly deviceUuid: string | null;
}

/** Aligned samples: `values[i][j]` is series `i` at `timesMs[j]` on the run's clock; null is a missing value. */
export interface SeriesBlock {
  readonly series: readonly SeriesInfo[];
  readonly timesMs: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

export type Verdict = 'better' | 'worse' | 'notDistinguishable' | 'notComparable';

export interface ComparedSide {
  readonly runId: string;
  readonly name: string;
  readonly number: number;
  readonly energyJ: number | null;
  readonly durationMs: number;
  readonly idleShare: number | null;
  readonly perStepJ: number | null;
  readonly spreadJ: number | null;
  /** What is counted; absent for steps. */
  readonly unit?: StepUnit;
  /** Steps that entered the comparison, warm-up left out. */
  readonly steps: number;
  readonly simulated: boolean;
}

/** Energy per step along a run, for drawing: from its first step on, warm-up included. */
export interface StepCurve {
  /** Steps done at the end of each stretch. */
  readonly steps: readonly number[];
  /** Mean over the stretch. */
  readonly perStepJ: readonly number[];
}

/** Change of energy per step from the baseline to the other run. */
export interface Comparison {
  readonly baseline: ComparedSide;
  readonly run: ComparedSide;
  readonly verdict: Verdict;
  /** Relative change, −0.3 is 30 % less; null when the runs are not comparable. */
  readonly change: number | null;
  /** 95 % interval of the relative change, block bootstrap over steps. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Why the comparison is weak or impossible, in sentences. */
  readonly caveats: readonly string[];
  /** Steps at the start that were left out on both sides. */
  readonly warmUpSteps?: number;
  readonly curves?: { readonly baseline: StepCurve; readonly run: StepCurve };
}

/** Change of energy per step from several runs to several others. */
export interface SidesComparison {
  readonly baseline: readonly ComparedSide[];
  readonly runs: readonly ComparedSide[];
  readonly verdict: Verdict;
  /** Relative change of the sides' means; null when the runs are not comparable. */
  readonly change: number | null;
  /** 95 % interval of the relative change, from the spread between the runs of a side. */
  readonly interval: readonly [low: number, high: number] | null;
  /** How much the runs of each side differ: standard deviation over the mean, 0–1. */
  readonly variation: readonly [baseline: number | null, runs: number | null];
  readonly caveats: readonly string[];
  /** Steps at the start of each run that were left out. */
  readonly warmUpSteps: number;
}
