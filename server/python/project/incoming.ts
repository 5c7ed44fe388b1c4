/** Calls that reach a function of a file from other files: what they pass and how often they come. */

import type { Guard } from '../guards.ts';
import type { Tri } from '../values.ts';
import type { Home, Portable } from './portable.ts';

/** A place in a file, in UTF-16 offsets into its text. */
export interface Place {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

export interface HotCall {
  readonly role: 'train' | 'eval';
  readonly guard: Guard;
  /** Inside another loop of the step. */
  readonly inner: boolean;
  /** What comes back only goes to records. */
  readonly resultRecorded: boolean;
  /** The queue has just been emptied by a wait that has to be: a further one costs next to nothing. */
  readonly afterWait: boolean;
  /** All of the step that calls is in sight: it surely waits for nothing but what is known of it. */
  readonly inSight: boolean;
  readonly from: Place;
}

/** All calls of one function from one file, joined. */
export interface IncomingCall {
  readonly callee: Home;
  readonly parameters: readonly (readonly [string, Portable])[];
  readonly gradientsOff: Tri;
  /** Called within a loop, or by a function that is. */
  readonly repeated: boolean;
  readonly hot: HotCall | null;
  /** Whether the program that calls can run on a GPU. */
  readonly cuda: Tri;
}
