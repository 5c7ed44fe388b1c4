/** What one stage adds to the totals. */
export interface StageResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly Skip[];
  /** Shown under the stage's line when something failed, and always when `remarks` says so. */
  readonly details: string;
  /** Worth a line although nothing failed. */
  readonly remarks?: readonly string[];
}

export interface Skip {
  readonly name: string;
  readonly reason: string;
}

export interface Stage {
  /** As on the command line: `npm test -- types unit`. */
  readonly name: string;
  readonly title: string;
  run(): Promise<StageResult>;
}
