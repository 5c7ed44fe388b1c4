/**
 * The pipeline plan between the page, the extension host and the thread that solves it. Every figure of it is modelled from
 * a profile; none is measured. Times in s, energies in J of one iteration of one pipeline, one GPU a stage.
 */

export interface PipelineShape {
  readonly stages: number;
  readonly microbatches: number;
  /** Draw of a GPU that waits for a neighbour, W. */
  readonly blockingPowerW: number;
  /** The grain of all durations, s. */
  readonly unitTimeS: number;
}

/** One operation as it is drawn. */
export interface ShownOperation {
  readonly stage: number;
  readonly backward: boolean;
  readonly microbatch: number;
  readonly frequencyMHz: number;
  readonly startS: number;
  readonly timeS: number;
  readonly energyJ: number;
  /** Nothing can wait for it. */
  readonly critical: boolean;
}

export interface ShownIteration {
  readonly timeS: number;
  /** Waiting included. */
  readonly energyJ: number;
  /** Stage by stage; null where there are too many to draw. */
  readonly operations: readonly ShownOperation[] | null;
}

/** What was solved. Slower points than the one of least energy cost more of both and are left out. */
export interface ShownFrontier {
  readonly shape: PipelineShape;
  /** From the fastest to the one of least energy, one time unit apart. */
  readonly timesS: readonly number[];
  readonly energiesJ: readonly number[];
  /** Every operation at the highest frequency of its profile. */
  readonly allHighest: ShownIteration;
  /** What makes the plan weak, in sentences. */
  readonly notes: readonly string[];
}

/** A point of the frontier. */
export interface ChosenPlan extends ShownIteration {
  /** Its place on the frontier. */
  readonly at: number;
  /** Another pipeline that takes longer, and that all wait for. */
  readonly straggler: { readonly factor: number; readonly timeS: number; readonly waitingJ: number } | null;
  /** Of the energy with all at the highest frequency, waiting for the straggler included in both. */
  readonly savedShare: number;
  /** The iteration from what was measured at the chosen frequencies, without fit and rounding. */
  readonly asMeasured: { readonly timeS: number; readonly energyJ: number };
}

/** Which point: a place on the frontier, or null for the one that suits the straggler, and without one the fastest. */
export interface PipelineChoice {
  readonly at: number | null;
  readonly straggler: number | null;
}

export type PlannerRequest =
  | { readonly type: 'read'; readonly text: string }
  | { readonly type: 'solve'; readonly text: string; readonly shape: PipelineShape }
  | { readonly type: 'choose'; readonly choice: PipelineChoice }
  /** The frequency plan as a file of that kind holds it. */
  | { readonly type: 'document'; readonly choice: PipelineChoice; readonly format: 'csv' | 'json' };

export type PlannerAnswer =
  | { readonly type: 'read'; readonly stages: number }
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'solved'; readonly frontier: ShownFrontier }
  | { readonly type: 'chosen'; readonly plan: ChosenPlan }
  | { readonly type: 'document'; readonly text: string }
  /** In a sentence, with what to do. */
  | { readonly type: 'failed'; readonly message: string };

/** How the host's desk stands; the page shows it as it is. */
export interface PipelineState {
  readonly profile: {
    readonly name: string;
    /** 0 until the file is read, and where it cannot be. */
    readonly stages: number;
    /** Names this opening of it: the same file opened again has another. */
    readonly opening: string;
  } | null;
  /** How far the solver is, 0–1; null while it rests. */
  readonly solving: number | null;
  readonly failure: string | null;
  readonly frontier: ShownFrontier | null;
}

export type PipelineAsk =
  | { readonly kind: 'state' }
  /** The host lets the user pick the profile. */
  | { readonly kind: 'open' }
  | { readonly kind: 'solve'; readonly shape: PipelineShape }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'choose'; readonly choice: PipelineChoice }
  /** The host asks where to. */
  | { readonly kind: 'write'; readonly choice: PipelineChoice };
