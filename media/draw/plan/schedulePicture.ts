/**
 * One iteration as a picture: a row for each stage, a block for each operation as long as it takes, coloured by its power.
 * Blocks of one colour are one path, so that thousands of them cost the page nothing.
 */

import type { ShownIteration, ShownOperation } from '../../../contracts/pipelinePlan.ts';
import { formatPower } from '../../../contracts/units.ts';
import { iterationText } from '../../pipelineFigures.ts';
import { el, svg } from '../dom.ts';
import { percent } from '../picture.ts';

export const powerColours = 6;
/** Units of the drawing: the whole width, and a row. */
const across = 10_000;
const row = 100;
const tallest = 16;
const tallestPicture = 150;

export interface PowerRange {
  readonly leastW: number;
  readonly mostW: number;
}

const powerW = ({ energyJ, timeS }: ShownOperation): number => energyJ / timeS;

export function powerRange(iterations: readonly ShownIteration[]): PowerRange {
  let [leastW, mostW] = [Number.POSITIVE_INFINITY, 0];
  for (const { operations } of iterations)
    for (const operation of operations ?? []) {
      leastW = Math.min(leastW, powerW(operation));
      mostW = Math.max(mostW, powerW(operation));
    }
  return { leastW, mostW };
}

export interface ScheduleView {
  readonly title: string;
  readonly iteration: ShownIteration;
  readonly stages: number;
  /** Both pictures of a page have one scale of time and one of power. */
  readonly untilS: number;
  readonly power: PowerRange;
  /** When the straggler ends; null for none. */
  readonly stragglerS: number | null;
}

export function schedulePicture(view: ScheduleView): HTMLElement {
  const { title, iteration, stages, untilS, power, stragglerS } = view;
  const heading = el(
    'h3',
    'schedule-title',
    `${title}: ${iterationText(iteration.timeS, iteration.energyJ)}`,
  );
  const { operations } = iteration;
  if (operations === null)
    return el(
      'div',
      'schedule',
      heading,
      el('p', 'plan-waiting', 'Too many operations to draw; the file has them all.'),
    );
  const height = Math.max(stages * 3, Math.min(stages * tallest, tallestPicture));
  const blocks: string[] = Array.from({ length: powerColours }, () => '');
  let critical = '';
  const span = Math.max(1e-12, power.mostW - power.leastW);
  for (const operation of operations) {
    const share = (powerW(operation) - power.leastW) / span;
    const colour = Math.min(powerColours - 1, Math.floor(share * powerColours));
    const x = Math.round((operation.startS / untilS) * across);
    const width = Math.max(1, Math.round((operation.timeS / untilS) * across) - 8);
    const top = operation.stage * row + (operation.backward ? 8 : 30);
    const bottom = operation.stage * row + 92;
    blocks[colour] += `M${x} ${top}h${width}V${bottom}h${-width}z`;
    if (operation.critical) critical += `M${x} ${bottom - 22}h${width}V${bottom}h${-width}z`;
  }
  const waiting = Array.from({ length: stages }, (_, stage) => {
    const width = Math.round((iteration.timeS / untilS) * across);
    return `M0 ${stage * row + 8}h${width}v84h${-width}z`;
  }).join('');
  const picture = svg(
    'svg',
    { viewBox: `0 0 ${across} ${stages * row}`, preserveAspectRatio: 'none', width: '100%', height },
    svg('path', { d: waiting, class: 'schedule-waiting' }),
    ...blocks.map((d, colour) => svg('path', { d, class: `schedule-power-${colour}` })),
    svg('path', { d: critical, class: 'schedule-critical' }),
  );
  const whole = svg('svg', { class: 'schedule-picture', height, role: 'img' }, picture);
  if (stragglerS !== null) {
    const x = percent((stragglerS / untilS) * 100);
    whole.append(svg('line', { x1: x, x2: x, y1: 0, y2: height, class: 'schedule-straggler' }));
  }
  whole.setAttribute('aria-label', spoken(view, operations));
  const labels = el('div', 'schedule-stages');
  labels.setAttribute('aria-hidden', 'true');
  // With many stages only every so manieth row has room for its number.
  const every = Math.ceil((stages * 13) / height);
  for (let stage = 0; stage < stages; stage += 1)
    labels.append(el('span', '', stage % every === 0 ? `${stage}` : ''));
  return el('div', 'schedule', heading, el('div', 'schedule-rows', labels, whole));
}

function spoken(
  { title, iteration, stages, power }: ScheduleView,
  operations: readonly ShownOperation[],
): string {
  const critical = operations.filter((operation) => operation.critical).length;
  return (
    `Schedule ${title.toLowerCase()}: ${stages} stages, ${iterationText(iteration.timeS, iteration.energyJ)}; ` +
    `${critical} of ${operations.length} operations on the critical path; ` +
    `from ${formatPower(power.leastW)} to ${formatPower(power.mostW)}. The table has the figures of each stage.`
  );
}

/** What the colours and marks mean. */
export function scheduleLegend({ leastW, mostW }: PowerRange, blockingPowerW: number): HTMLElement {
  const swatch = (name: string, text: string): HTMLElement =>
    el('span', 'schedule-key', el('i', `schedule-swatch ${name}`), text);
  const colours = Array.from({ length: powerColours }, (_, colour) =>
    el('i', `schedule-swatch schedule-power-${colour}`),
  );
  return el(
    'p',
    'schedule-legend',
    el('span', 'schedule-key', `${formatPower(leastW)} `, ...colours, ` ${formatPower(mostW)}`),
    swatch('schedule-waiting', `waits, ${formatPower(blockingPowerW)}`),
    swatch('schedule-critical', 'critical path'),
    el('span', 'schedule-key', 'low block forward, high block backward'),
  );
}
