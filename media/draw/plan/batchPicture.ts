/** Energy per sample over batch size, each doubling as wide as the one before; the memory stands under each size. */

import type { BatchPlan, BatchPoint } from '../../../contracts/powerPlan.ts';
import { formatPerStep, formatShare } from '../../../contracts/units.ts';
import { el, svg } from '../dom.ts';
import { percent, scale, words } from '../picture.ts';

const height = 168;
const top = 38;
const bottom = 116;
const left = 14;
const right = 86;

export function batchPicture({ points, next }: BatchPlan, best: BatchPoint | null): HTMLElement {
  const sizes = [...new Set(points.map(({ batchSize }) => batchSize))];
  const across = scale([...sizes, ...(next === null ? [] : [next.batchSize])].map(Math.log2), left, right);
  const down = scale(
    points.map(({ perSampleJ }) => perSampleJ),
    bottom,
    top,
  );
  const x = (size: number): string => percent(across(Math.log2(size)));
  // Several runs of one size: the line goes through the cheapest.
  const cheapest = sizes.map((size) => {
    const alike = points.filter(({ batchSize }) => batchSize === size);
    return alike.reduce((least, point) => (point.perSampleJ < least.perSampleJ ? point : least));
  });
  const lines = cheapest.slice(1).map((point, at) => {
    const before = cheapest[at] ?? point;
    const ends = { x1: x(before.batchSize), y1: down(before.perSampleJ) };
    return svg('line', {
      ...ends,
      x2: x(point.batchSize),
      y2: down(point.perSampleJ),
      class: 'plan-line',
    });
  });
  const dots = points.map((point) =>
    svg('circle', {
      cx: x(point.batchSize),
      cy: down(point.perSampleJ),
      r: point === best ? 6 : 4,
      class: point === best ? 'plan-picked' : cheapest.includes(point) ? 'plan-point' : 'plan-beaten',
    }),
  );
  const labels = cheapest.flatMap((point) => {
    const at = { x: x(point.batchSize) };
    const energy = formatPerStep(point.perSampleJ, null, 'sample').replace('/sample', '');
    return [
      words(energy, {
        ...at,
        y: down(point.perSampleJ) - 11,
        class: point === best ? 'plan-label-picked' : 'picture-text',
      }),
      words(String(point.batchSize), { ...at, y: bottom + 24 }),
      words(point.memoryShare === null ? '' : `${formatShare(point.memoryShare)} memory`, {
        ...at,
        y: bottom + 40,
      }),
    ];
  });
  const wanted =
    next === null
      ? []
      : [
          svg('line', {
            x1: x(next.batchSize),
            x2: x(next.batchSize),
            y1: top,
            y2: bottom + 10,
            class: 'plan-wanted',
          }),
          words(`${next.batchSize}`, { x: x(next.batchSize), y: bottom + 24, class: 'plan-label-picked' }),
          words('next', { x: x(next.batchSize), y: bottom + 40 }),
        ];
  const shown = svg(
    'svg',
    { class: 'plan-picture', height, role: 'img' },
    svg('line', { x1: '0%', x2: '100%', y1: bottom + 10, y2: bottom + 10, class: 'picture-axis' }),
    ...lines,
    ...wanted,
    ...dots,
    ...labels,
    words('↑ energy per sample', { x: 0, y: 10, 'text-anchor': 'start' }),
    words('batch size →', { x: '100%', y: 10, 'text-anchor': 'end' }),
  );
  const spoken = points.map(
    ({ batchSize, perSampleJ }) => `${batchSize}: ${formatPerStep(perSampleJ, null, 'sample')}`,
  );
  shown.setAttribute('aria-label', `Energy per sample by batch size. ${spoken.join('. ')}.`);
  return el('div', 'picture', shown);
}
