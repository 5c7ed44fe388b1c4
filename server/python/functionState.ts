/** What an analysis knows of each function of its file, and of the calls that leave it. */

import type { Environment } from './environment.ts';
import type { Call } from './nodes.ts';
import type { IncomingCall } from './project/incoming.ts';
import type { FunctionSummary } from './project/portable.ts';
import type { Value } from './values.ts';

/** What is known of a function after the last round. */
export interface FunctionState {
  parameters: Map<string, Value>;
  returns: Value | undefined;
  /** Calls in this file that reach it. */
  calls: Set<Call>;
  /** Used as a value: somebody we do not see may call it. */
  escapes: boolean;
  /** Calls from other files. */
  readonly incoming: readonly IncomingCall[];
  /** What its parameters were at the beginning of its last turn. */
  readonly entry: Map<string, Value>;
  /** Names at its end, for functions defined inside. */
  end: Environment;
}

/** A call that reaches a function of another file. */
export interface ForeignCall {
  readonly summary: FunctionSummary;
  readonly parameters: ReadonlyMap<string, Value>;
  /** Devices that the arguments, and the module it is called on, are on. */
  readonly given: number;
}
