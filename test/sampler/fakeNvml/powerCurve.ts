/** A power curve that repeats, as the stand-in's script has it, with its true energy in closed form. */

export type CurvePoint = readonly [timeMs: number, powerW: number];

export interface PowerCurve {
  /** The script's words after `curve <device>`. */
  readonly text: string;
  readonly periodMs: number;
  /** True energy from the script's start on, joules. */
  energyJ(timeMs: number): number;
}

/** @param points from 0 to the period, in order; two at one time are a step */
export function powerCurve(points: readonly CurvePoint[]): PowerCurve {
  const periodMs = points.at(-1)?.[0] ?? 0;
  const sums = [0];
  for (let index = 1; index < points.length; index += 1) {
    const [fromMs, fromW] = points[index - 1] ?? [0, 0];
    const [toMs, toW] = points[index] ?? [0, 0];
    sums.push((sums[index - 1] ?? 0) + ((toMs - fromMs) * (fromW + toW)) / 2);
  }
  const whole = sums.at(-1) ?? 0;
  const within = (restMs: number): number => {
    let low = 0;
    let high = points.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((points[middle]?.[0] ?? 0) <= restMs) low = middle;
      else high = middle;
    }
    const [fromMs, fromW] = points[low] ?? [0, 0];
    const [toMs, toW] = points[high] ?? [0, 0];
    const slope = toMs > fromMs ? (toW - fromW) / (toMs - fromMs) : 0;
    const intoMs = restMs - fromMs;
    return (sums[low] ?? 0) + fromW * intoMs + (slope * intoMs * intoMs) / 2;
  };
  return {
    text: `${periodMs} ${points.map(([timeMs, powerW]) => `${timeMs}:${powerW}`).join(' ')}`,
    periodMs,
    energyJ(timeMs) {
      const periods = Math.floor(timeMs / periodMs);
      return (periods * whole + within(timeMs - periods * periodMs)) / 1000;
    },
  };
}

/** High for `duty` of the period, from `phaseMs` on. */
export function squareWave(
  lowW: number,
  highW: number,
  periodMs: number,
  duty = 0.5,
  phaseMs = 0,
): PowerCurve {
  const high = duty * periodMs;
  const fromMs = ((phaseMs % periodMs) + periodMs) % periodMs;
  const toMs = (fromMs + high) % periodMs;
  const [firstW, secondW] = fromMs < toMs ? [lowW, highW] : [highW, lowW];
  const [a, b] = fromMs < toMs ? [fromMs, toMs] : [toMs, fromMs];
  return powerCurve([
    [0, firstW],
    [a, firstW],
    [a, secondW],
    [b, secondW],
    [b, firstW],
    [periodMs, firstW],
  ]);
}

export const steadyPower = (powerW: number): PowerCurve =>
  powerCurve([
    [0, powerW],
    [1000, powerW],
  ]);
