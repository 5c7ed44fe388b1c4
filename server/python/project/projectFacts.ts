import type { IncomingCall } from './incoming.ts';
import type { Linker } from './linker.ts';

/** What the other files of the project say about this one. */
export interface ProjectFacts {
  readonly linker: Linker;
  readonly incoming: readonly IncomingCall[];
  /** Sums the functions up for other files: an argument that nothing is known of is where the caller has it. */
  readonly summingUp: boolean;
}
