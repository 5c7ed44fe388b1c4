/** The one way a figure becomes text. "Not available" is written as an en dash, never as 0. */

/** Stands where a value is not known. */
export const notAvailable = '–';

type Ladder = readonly (readonly [atLeast: number, divisor: number, suffix: string])[];

const energyLadder: Ladder = [
  [1e6, 1e6, 'MJ'],
  [1e3, 1e3, 'kJ'],
  [1, 1, 'J'],
  [0, 1e-3, 'mJ'],
];
const wattHourLadder: Ladder = [
  [1e3, 1e3, 'kWh'],
  [1, 1, 'Wh'],
  [0, 1e-3, 'mWh'],
];
const powerLadder: Ladder = [
  [1e4, 1e3, 'kW'],
  [0, 1, 'W'],
];
const byteLadder: Ladder = [
  [2 ** 30, 2 ** 30, 'GiB'],
  [2 ** 20, 2 ** 20, 'MiB'],
  [2 ** 10, 2 ** 10, 'KiB'],
  [0, 1, 'B'],
];

/** Three significant figures at least, and no decimals once the number has three digits before the point. */
function significant(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

function onLadder(value: number | null | undefined, ladder: Ladder): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return notAvailable;
  if (value === 0) return `0 ${(ladder[ladder.length - 2] ?? ladder[0])?.[2] ?? ''}`.trim();
  const rung = ladder.find(([atLeast]) => Math.abs(value) >= atLeast) ?? ladder[ladder.length - 1];
  if (rung === undefined) return notAvailable;
  return `${significant(value / rung[1])} ${rung[2]}`;
}

/** `81.4 kJ`. */
export const formatEnergy = (value: number | null | undefined): string => onLadder(value, energyLadder);
/** The same energy in watt-hours: `22.6 Wh`. Takes joules. */
export const formatWattHours = (energyJ: number | null | undefined): string =>
  onLadder(energyJ === null || energyJ === undefined ? undefined : energyJ / 3600, wattHourLadder);
/** `612 W`. */
export const formatPower = (value: number | null | undefined): string =>
  value !== null && value !== undefined && Number.isFinite(value) && Math.abs(value) < 1e4
    ? `${Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0)} W`
    : onLadder(value, powerLadder);
/** `71.2 GiB`. */
export const formatBytes = (value: number | null | undefined): string => onLadder(value, byteLadder);
/** `38 %`; takes a share between 0 and 1. */
export function formatShare(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return notAvailable;
  const percent = value * 100;
  return `${Math.abs(percent) < 10 && percent !== 0 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}
/** Energy per step, or what else is counted, with its spread: `39.8 J/step ±0.6`. */
export function formatPerStep(
  perStepJ: number | null | undefined,
  spreadJ?: number | null | undefined,
  unit: 'step' | 'epoch' | 'sample' | 'token' = 'step',
): string {
  if (perStepJ === null || perStepJ === undefined || !Number.isFinite(perStepJ)) return notAvailable;
  const [figure = notAvailable, suffix = 'J'] = formatEnergy(perStepJ).split(' ');
  if (spreadJ === null || spreadJ === undefined || !Number.isFinite(spreadJ))
    return `${figure} ${suffix}/${unit}`;
  const divisor = energyLadder.find(([, , name]) => name === suffix)?.[1] ?? 1;
  return `${figure} ${suffix}/${unit} ±${significant(spreadJ / divisor)}`;
}
/** `02:13`, `1:02:13`; whole seconds. */
export function formatDuration(durationMs: number | null | undefined): string {
  if (durationMs === null || durationMs === undefined || !Number.isFinite(durationMs)) return notAvailable;
  const total = Math.max(0, Math.floor(durationMs / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${two(minutes)}:${two(total % 60)}`;
}
