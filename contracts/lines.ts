/** Where in the program a run's joules went, by the probe's samples of the main thread. */

export interface LineEnergy {
  readonly path: string;
  /** From 1; 0 where the interpreter does not say. */
  readonly line: number;
  /** Function that holds the line. */
  readonly name: string;
  /** Samples of the main thread at the line; seconds that two samplings share count in part. */
  readonly samples: number;
  /** Joules of the run's GPUs while the program was at the line; null where the run's are not known. */
  readonly energyJ: number | null;
  /** Of those, while the GPUs ran no kernel; null where utilisation is not known. */
  readonly idleJ: number | null;
}

export interface FunctionEnergy extends Omit<LineEnergy, 'line'> {}

export interface PhaseEnergy {
  readonly phase: string;
  readonly samples: number;
  readonly energyJ: number | null;
}

export interface LineReport {
  /** Joules of the seconds that have samples: what the lists divide; null where the run's are not known. */
  readonly sampledJ: number | null;
  readonly samples: number;
  /** Samples beside them whose seconds were over before they were read, or that were too many to keep. */
  readonly missedSamples: number;
  /** Most joules first; most samples where no joules are known. */
  readonly lines: readonly LineEnergy[];
  readonly functions: readonly FunctionEnergy[];
  /** Kinds of work: forward, backward, optimizer, input, import, communication, other. */
  readonly phases: readonly PhaseEnergy[];
}
