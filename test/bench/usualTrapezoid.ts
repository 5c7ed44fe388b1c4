/**
 * Energy as the usual tools of the field compute it: power is polled, a value equal to the one before is dropped, the
 * trapezoid runs over what is left, and the edges of a window are interpolated between kept values.
 */

export interface PolledPower {
  readonly timeMs: number;
  readonly powerW: number;
}

export function usualTrapezoidJ(polled: readonly PolledPower[], fromMs: number, toMs: number): number {
  const kept = polled.filter(({ powerW }, index) => index === 0 || powerW !== polled[index - 1]?.powerW);
  const at = (timeMs: number): number => {
    const next = kept.findIndex((reading) => reading.timeMs >= timeMs);
    const after = kept[next];
    const before = kept[next - 1];
    if (after === undefined) return kept.at(-1)?.powerW ?? 0;
    if (before === undefined) return after.powerW;
    const share = (timeMs - before.timeMs) / (after.timeMs - before.timeMs);
    return before.powerW + share * (after.powerW - before.powerW);
  };
  const inside = kept.filter(({ timeMs }) => timeMs > fromMs && timeMs < toMs);
  const points = [{ timeMs: fromMs, powerW: at(fromMs) }, ...inside, { timeMs: toMs, powerW: at(toMs) }];
  let joules = 0;
  for (let index = 1; index < points.length; index += 1) {
    const [a, b] = [points[index - 1], points[index]];
    if (a !== undefined && b !== undefined)
      joules += (((a.powerW + b.powerW) / 2) * (b.timeMs - a.timeMs)) / 1000;
  }
  return joules;
}
