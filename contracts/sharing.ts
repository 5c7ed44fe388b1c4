/** What the division of a GPU's energy among its users goes by, and where it stands. */

/** Who held a GPU at one moment, and who computed on it in the seconds before. */
export interface SharingLook {
  /** Milliseconds on the run's clock. */
  readonly timeMs: number;
  /** Processes of the run, and of others, that hold it to compute; on a divided GPU the size of their instances. */
  readonly own: number;
  readonly others: number;
  /** Shares of an arbitrary whole; null when nothing tells. `unknown`: of processes that are gone. */
  readonly activity: { readonly own: number; readonly others: number; readonly unknown: number } | null;
  /**
   * Why the shares are weaker than they look. `instances`: a divided GPU (MIG) tells no power of its parts, so these are
   * sizes, whoever worked. `together`: kernels of several processes ran at once (MPS).
   */
  readonly weak?: 'instances' | 'together';
}

/** Where the division had come to at a look: joules and milliseconds since the run's start. */
export interface SharingMark {
  readonly timeMs: number;
  readonly runJ: number;
  readonly othersJ: number;
  readonly unattributedJ: number;
  readonly sharedMs: number;
  readonly dividedMs: number;
}

/** The division as it stood at the last look, also where nobody else was seen: a run that is read again goes on from it. */
export interface SharingState {
  readonly last: SharingLook;
  /** Joules from the run's start to that look. */
  readonly runJ: number;
  readonly othersJ: number;
  readonly unattributedJ: number;
  /** Time in which others were seen, milliseconds. */
  readonly sharedMs: number;
  /** So much of it could be divided. */
  readonly dividedMs: number;
  /** Time before the first look, where others were there at that look. */
  readonly unseenMs: number;
  /** Some of it was divided by weak shares. */
  readonly weak?: boolean;
  /** The way there, for windows of the run; absent while nobody else was seen. */
  readonly marks?: readonly SharingMark[];
}
