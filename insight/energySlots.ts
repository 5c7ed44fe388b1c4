/**
 * Energy known at the refreshes of a device: so many joules from one to the next. Between them it is shaped: a slot
 * whose mean power lies between those of its neighbours holds the step from the one to the other, and where the step
 * is follows from the joules. A load that starts 30 ms into a slot is so found again, where an even spread is wrong
 * by a tenth of the slot's joules.
 */

const ringSize = 1024;
/** Longer slots hold more than one change of load: a step says nothing of them. */
const longestStepMs = 150;

export interface EnergySlots {
  /** Joules since the first call, known at this time; times rise. `even`: nothing is known of the stretch before it. */
  add(timeMs: number, energyJ: number, even?: boolean): void;
  /**
   * Joules at a time between the first and the last call, of the newest thousand; null outside.
   * `curve` gives joules of another witness, whose shape serves in long slots.
   */
  at(timeMs: number, curve?: (timeMs: number) => number): number | null;
  readonly count: number;
  readonly firstMs: number;
  readonly firstJ: number;
  readonly lastMs: number;
  /** The shape of the slot that ends here is final. */
  readonly shapedMs: number;
}

/** Share of a slot's joules that came in the share `part` of its time; powers of the slots before, of it and after. */
export function stepShare(part: number, beforeW: number, meanW: number, afterW: number): number {
  const span = afterW - beforeW;
  const until = span === 0 ? Number.NaN : (afterW - meanW) / span;
  if (!(until >= 0 && until <= 1) || meanW <= 0) return part;
  return (Math.min(part, until) * beforeW + Math.max(0, part - until) * afterW) / meanW;
}

export function createEnergySlots(): EnergySlots {
  const times = new Float64Array(ringSize);
  const joules = new Float64Array(ringSize);
  const evens = new Uint8Array(ringSize);
  let count = 0;

  const timeOf = (index: number): number => times[index % ringSize] ?? 0;
  const joulesOf = (index: number): number => joules[index % ringSize] ?? 0;
  const oldest = (): number => Math.max(0, count - ringSize);
  /** Mean power of the slot that ends with this entry; NaN outside. */
  const meanW = (index: number): number =>
    index <= oldest() || index >= count
      ? Number.NaN
      : ((joulesOf(index) - joulesOf(index - 1)) * 1000) / (timeOf(index) - timeOf(index - 1));

  /** Index of the first entry at or after the time. */
  const endOf = (timeMs: number): number => {
    let low = oldest();
    let high = count - 1;
    // Nearly all questions are about the newest readings.
    for (const least = Math.max(low, high - 4); high > least; high -= 1)
      if (timeOf(high - 1) < timeMs) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (timeOf(middle) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add(timeMs, energyJ, even = false) {
      times[count % ringSize] = timeMs;
      joules[count % ringSize] = energyJ;
      evens[count % ringSize] = even ? 1 : 0;
      count += 1;
    },
    at(timeMs, curve) {
      if (count === 0 || timeMs > timeOf(count - 1) || timeMs < timeOf(oldest())) return null;
      const index = endOf(timeMs);
      const toMs = timeOf(index);
      const toJ = joulesOf(index);
      if (toMs === timeMs) return toJ;
      const fromMs = timeOf(index - 1);
      const fromJ = joulesOf(index - 1);
      const part = (timeMs - fromMs) / (toMs - fromMs);
      if (evens[index % ringSize] === 1) return fromJ + (toJ - fromJ) * part;
      if (toMs - fromMs <= longestStepMs)
        return fromJ + (toJ - fromJ) * stepShare(part, meanW(index - 1), meanW(index), meanW(index + 1));
      const curveFrom = curve?.(fromMs) ?? 0;
      const whole = (curve?.(toMs) ?? 0) - curveFrom;
      const share = curve === undefined || whole <= 0 ? part : (curve(timeMs) - curveFrom) / whole;
      return fromJ + (toJ - fromJ) * share;
    },
    get count() {
      return count;
    },
    get firstMs() {
      return timeOf(oldest());
    },
    get firstJ() {
      return joulesOf(oldest());
    },
    get lastMs() {
      return count === 0 ? Number.NEGATIVE_INFINITY : timeOf(count - 1);
    },
    get shapedMs() {
      return count < 2 ? Number.NEGATIVE_INFINITY : timeOf(count - 2);
    },
  };
}
