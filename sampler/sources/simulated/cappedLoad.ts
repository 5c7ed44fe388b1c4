/**
 * What a power limit does to steady work: the chip lowers its clock until the power fits, and the work takes longer.
 *
 * A step is seven phases of equal work whose natural power spreads around the mean; each is slowed only as far as it must
 * be. Dynamic power falls with the clock and the square of the voltage, which has a floor. Fitted to published
 * measurements of pipeline training under power limits; where they come from stands in THIRD_PARTY_NOTICES.md.
 */

export interface ChipCurve {
  /** Power with a kernel running that needs no clock, watts. */
  readonly staticW: number;
  /** Share of the highest clock below which the voltage falls no further, and its share of the highest voltage there. */
  readonly kneeClock: number;
  readonly leastVoltage: number;
  /** Lowest clock as a share of the highest. There the power may stay above the limit. */
  readonly leastClock: number;
}

export interface Load {
  /** Mean power at full clock without a limit, watts. */
  readonly naturalW: number;
  /** How far the phases' dynamic power lies around the mean, as a share of it. */
  readonly phaseSpread: number;
  /** Share of the work whose time follows the clock. */
  readonly clockSensitivity: number;
}

export interface CappedLoad {
  /** Speed against the same work without a limit, 0–1. */
  readonly speed: number;
  readonly meanPowerW: number;
}

const phases = [-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1];
const clockGrain = 1e-4;

const voltage = ({ kneeClock, leastVoltage }: ChipCurve, clock: number): number =>
  clock <= kneeClock
    ? leastVoltage
    : leastVoltage + ((1 - leastVoltage) * (clock - kneeClock)) / (1 - kneeClock);

const powerAt = (chip: ChipCurve, naturalW: number, clock: number): number =>
  chip.staticW + (naturalW - chip.staticW) * clock * voltage(chip, clock) ** 2;

/** The highest clock whose power fits. */
function clockUnder(chip: ChipCurve, naturalW: number, limitW: number): number {
  if (naturalW <= limitW) return 1;
  let low = chip.leastClock;
  let high = 1;
  while (high - low > clockGrain) {
    const middle = (low + high) / 2;
    if (powerAt(chip, naturalW, middle) <= limitW) low = middle;
    else high = middle;
  }
  return low;
}

/** @param limitW the power limit, watts */
export function cappedLoad(chip: ChipCurve, load: Load, limitW: number): CappedLoad {
  const { staticW } = chip;
  let time = 0;
  let energy = 0;
  for (const z of phases) {
    const naturalW = staticW + (load.naturalW - staticW) * (1 + load.phaseSpread * z);
    const clock = clockUnder(chip, naturalW, limitW);
    const phaseTime = 1 - load.clockSensitivity + load.clockSensitivity / clock;
    time += phaseTime;
    energy += phaseTime * powerAt(chip, naturalW, clock);
  }
  return { speed: phases.length / time, meanPowerW: energy / time };
}
