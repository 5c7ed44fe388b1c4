/** Drawn as SVG with percentages, so that they take any width and follow the theme by style sheet. */

import type { ComparedSide, Comparison } from '../../contracts/runs.ts';
import { formatPerStep } from '../../contracts/units.ts';
import { signedShare, verdictText } from '../verdict.ts';
import { el, svg } from './dom.ts';

/** The change on an axis around "no change", with its 95 % interval as a bar. */
export function changePicture(comparison: Comparison): HTMLElement {
  const change = comparison.change ?? 0;
  const [low, high] = comparison.interval ?? [change, change];
  const reach = Math.max(0.05, Math.abs(low), Math.abs(high), Math.abs(change)) * 1.25;
  const at = (value: number): string => `${(50 + (value / reach) * 50).toFixed(2)}%`;
  const text = (value: number, y: number, content: string, anchor: string): SVGTextElement =>
    svg(
      'text',
      { x: at(value), y, 'text-anchor': anchor, class: 'picture-text' },
      document.createTextNode(content),
    );
  const parts: Node[] = [
    svg('line', { x1: '0%', x2: '100%', y1: 24, y2: 24, class: 'picture-axis' }),
    svg('line', { x1: '50%', x2: '50%', y1: 12, y2: 36, class: 'picture-zero' }),
    text(0, 48, 'no change', 'middle'),
    svg('text', { x: '0%', y: 48, class: 'picture-text' }, document.createTextNode('← less energy')),
    svg(
      'text',
      { x: '100%', y: 48, 'text-anchor': 'end', class: 'picture-text' },
      document.createTextNode('more energy →'),
    ),
  ];
  if (comparison.interval !== null) {
    const width = `${(((high - low) / reach) * 50).toFixed(2)}%`;
    parts.push(
      svg('rect', { x: at(low), y: 19, width, height: 10, class: 'picture-interval' }),
      // Labels lie outside the bar, so that a narrow interval keeps them apart.
      text(low, 12, signedShare(low), 'end'),
      text(high, 12, signedShare(high), 'start'),
    );
  }
  parts.push(svg('circle', { cx: at(change), cy: 24, r: 4.5, class: 'picture-point' }));
  const { headline, detail } = verdictText(comparison);
  const picture = svg('svg', { class: 'change-picture', height: 52, role: 'img' }, ...parts);
  picture.setAttribute('aria-label', `Change of energy per step: ${headline}. ${detail}`);
  return el('div', 'picture', picture);
}

/** Energy per step of both runs as bars from zero, with the spread as a whisker. */
export function stepPicture({ baseline, run }: Comparison): HTMLElement {
  const end = ({ perStepJ, spreadJ }: ComparedSide): number => (perStepJ ?? 0) + (spreadJ ?? 0);
  const reach = Math.max(end(baseline), end(run)) * 1.02;
  if (!(reach > 0)) return el('div', 'picture');
  const rows = [baseline, run].flatMap((side, row) => bar(side, row, reach));
  const picture = svg('svg', { class: 'step-picture', height: 44, role: 'img' }, ...rows);
  picture.setAttribute(
    'aria-label',
    `Run ${baseline.number}: ${formatPerStep(baseline.perStepJ, baseline.spreadJ)}. Run ${run.number}: ${formatPerStep(run.perStepJ, run.spreadJ)}.`,
  );
  return el('div', 'picture', picture);
}

function bar(side: ComparedSide, row: number, reach: number): readonly Node[] {
  if (side.perStepJ === null) return [];
  // The first tenth is for the run's number.
  const at = (value: number): string => `${(12 + (Math.max(0, value) / reach) * 88).toFixed(2)}%`;
  const y = row * 22;
  const spread = side.spreadJ ?? 0;
  const [from, to] = [side.perStepJ - spread, side.perStepJ + spread];
  const whisker = { y1: y + 9, y2: y + 9, class: 'picture-whisker' };
  const cap = { y1: y + 5, y2: y + 13, class: 'picture-whisker' };
  const width = `${((side.perStepJ / reach) * 88).toFixed(2)}%`;
  return [
    svg('text', { x: 0, y: y + 13, class: 'picture-text' }, document.createTextNode(`run ${side.number}`)),
    svg('rect', {
      x: '12%',
      y: y + 2,
      width,
      height: 14,
      class: row === 0 ? 'picture-baseline' : 'picture-run',
    }),
    ...(spread > 0
      ? [
          svg('line', { x1: at(from), x2: at(to), ...whisker }),
          svg('line', { x1: at(from), x2: at(from), ...cap }),
          svg('line', { x1: at(to), x2: at(to), ...cap }),
        ]
      : []),
  ];
}
