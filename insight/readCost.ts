/**
 * What a read call costs its thread, learnt from close looks: milliseconds of loading and of sleep in it. Looks that
 * are too far apart to see when a thread loads still count its calls, and so tell how long it loaded.
 */

/** Fewer calls tell nothing. */
const tellingCalls = 20;
/** Of what was learnt before, so much counts beside each second of close looks. */
const keptPerSecond = 0.8;

export interface ReadCost {
  /** A closely seen stretch with its calls, of which so much was loading and sleep within that. Milliseconds. */
  learn(lengthMs: number, calls: number, inputMs: number, sleptMs: number): void;
  readonly known: boolean;
  /** Loading of so many calls, and the sleep in it. Milliseconds. */
  of(calls: number): { readonly inputMs: number; readonly sleptMs: number };
}

export function createReadCost(): ReadCost {
  const sums = { calls: 0, inputMs: 0, sleptMs: 0 };
  return {
    learn(lengthMs, calls, inputMs, sleptMs) {
      const kept = keptPerSecond ** (lengthMs / 1000);
      sums.calls = sums.calls * kept + calls;
      sums.inputMs = sums.inputMs * kept + inputMs;
      sums.sleptMs = sums.sleptMs * kept + sleptMs;
    },
    get known() {
      return sums.calls >= tellingCalls;
    },
    of(calls) {
      const share = sums.calls > 0 ? calls / sums.calls : 0;
      return { inputMs: share * sums.inputMs, sleptMs: share * sums.sleptMs };
    },
  };
}
