/**
 * Which of the measured frequencies of an operation are worth a thought: those that no other beats in both time and energy
 * (the filter of Perseus, SOSP 2024). Times become whole units here; a duration never counts as longer than it was measured.
 */

export interface FrequencyMeasurement {
  readonly frequencyMHz: number;
  readonly timeS: number;
  readonly energyJ: number;
}

export interface FrequencyOption extends FrequencyMeasurement {
  /** `timeS` in whole time units, rounded down. */
  readonly units: number;
}

/** With so few options left, noise decides which; then those that are nearly as good are let in. */
const fewOptions = 3;
const noiseShare = 0.05;

/** From the fastest to the slowest, one for each duration. */
export function paretoOptions(
  measured: readonly FrequencyMeasurement[],
  unitTimeS: number,
): readonly FrequencyOption[] {
  const strict = onePerDuration(unbeaten(measured, 1), unitTimeS);
  if (strict.length > fewOptions) return strict;
  const tolerant = onePerDuration(unbeaten(measured, 1 - noiseShare), unitTimeS);
  return tolerant.length > strict.length ? tolerant : strict;
}

/** Those that no other beats by more than the given share allows. */
const unbeaten = (measured: readonly FrequencyMeasurement[], share: number): FrequencyMeasurement[] =>
  measured.filter(
    (option) =>
      !measured.some((other) => other.timeS < option.timeS * share && other.energyJ < option.energyJ * share),
  );

/** Of options with the same duration the dearest stays: it is the one that really was that much faster. */
function onePerDuration(options: readonly FrequencyMeasurement[], unitTimeS: number): FrequencyOption[] {
  const byUnits = new Map<number, FrequencyOption>();
  for (const option of options) {
    const units = wholeUnits(option.timeS, unitTimeS);
    const known = byUnits.get(units);
    if (known === undefined || known.energyJ < option.energyJ) byUnits.set(units, { ...option, units });
  }
  return [...byUnits.values()].sort((a, b) => a.units - b.units);
}

const wholeUnits = (timeS: number, unitTimeS: number): number => Math.floor(timeS / unitTimeS);
