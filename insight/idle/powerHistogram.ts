/** How long each power was seen, in bins of one percent: quantiles of a day of readings in constant memory. */

const binWidth = 0.01;
const lowestW = 1;
const bins = 820;

export interface PowerHistogram {
  /** `weight` is usually a time. */
  add(powerW: number, weight: number): void;
  readonly weight: number;
  /** `share` 0–1; null while empty. */
  quantile(share: number): number | null;
}

export function createPowerHistogram(): PowerHistogram {
  const weights = new Float64Array(bins);
  let total = 0;
  return {
    add(powerW, weight) {
      const bin = Math.floor(Math.log(Math.max(lowestW, powerW) / lowestW) / binWidth);
      const index = Math.min(bins - 1, bin);
      weights[index] = (weights[index] ?? 0) + weight;
      total += weight;
    },
    get weight() {
      return total;
    },
    quantile(share) {
      if (total === 0) return null;
      let left = share * total;
      for (let index = 0; index < bins; index += 1) {
        const weight = weights[index] ?? 0;
        if (weight > 0 && left <= weight) return lowestW * Math.exp((index + left / weight) * binWidth);
        left -= weight;
      }
      return lowestW * Math.exp(bins * binWidth);
    },
  };
}
