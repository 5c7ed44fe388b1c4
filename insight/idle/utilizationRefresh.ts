/**
 * How often a GPU refreshes its utilisation (1/6 to 1 s by product), where that matters.
 *
 * Each refresh tells of its own window, so each must weigh the same. Polled ten times a second, a value refreshed
 * six times a second is seen once or twice by turns; weighing it by the time it was seen would count some windows
 * twice as much as others, always the same ones when polling and refresh keep step. A slow refresh is seen often
 * enough for its time to be its weight.
 */

const remembered = 64;
const enough = 12;
/** Changes this close together come from single refreshes of a fast product. */
const fastMs = 260;
/** What drivers document as their shortest period: a mean of few changes, each seen to a reading, says less than that. */
const documentedMs = 1000 / 6;
const likeDocumented = 0.15;
/** A product whose changes are this often close together is fast; a slow one's never are. */
const fastShare = 0.2;

export interface UtilizationRefresh {
  /** The time that a reading stands for, milliseconds, given the interval that ends with it. */
  weigh(timeMs: number, intervalMs: number, utilization: number): number;
  /** Milliseconds between refreshes of a fast product; null for a slow one and while it is not known. */
  readonly fastMs: number | null;
}

export function createUtilizationRefresh(): UtilizationRefresh {
  const lengths: number[] = [];
  let refreshMs: number | null = null;
  let value = Number.NaN;
  let sinceMs = Number.NaN;
  let counted = 0;
  // What the readings stood for has to add up to the time that passed.
  let passedMs = 10 * fastMs;
  let stoodForMs = 10 * fastMs;

  const learn = (lengthMs: number): void => {
    if (Number.isNaN(lengthMs)) return;
    lengths.push(lengthMs);
    if (lengths.length > remembered) lengths.shift();
    if (lengths.length < enough) return;
    const fast = lengths.filter((length) => length <= fastMs);
    const mean = fast.reduce((sum, length) => sum + length, 0) / Math.max(1, fast.length);
    const isDocumented = Math.abs(mean / documentedMs - 1) <= likeDocumented;
    refreshMs = fast.length >= fastShare * lengths.length ? (isDocumented ? documentedMs : mean) : null;
  };

  return {
    weigh(timeMs, intervalMs, utilization) {
      if (utilization !== value) {
        learn(timeMs - sinceMs);
        value = utilization;
        sinceMs = timeMs;
        counted = 0;
      }
      if (refreshMs === null || refreshMs <= intervalMs) return intervalMs;
      const refreshes = Math.max(1, Math.round((timeMs - sinceMs + intervalMs) / refreshMs));
      const fresh = Math.max(0, refreshes - counted);
      counted = Math.max(counted, refreshes);
      passedMs += intervalMs;
      stoodForMs += fresh * refreshMs;
      return fresh * refreshMs * (passedMs / stoodForMs);
    },
    get fastMs() {
      return refreshMs;
    },
  };
}
