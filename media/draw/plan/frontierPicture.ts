/** Energy over time of an iteration: every plan worth choosing from, and the one that is chosen. */

import type { ChosenPlan, ShownFrontier } from '../../../contracts/pipelinePlan.ts';
import { formatEnergy } from '../../../contracts/units.ts';
import { iterationText, seconds } from '../../pipelineFigures.ts';
import { el, svg } from '../dom.ts';
import { percent, scale, words } from '../picture.ts';

const height = 132;
const top = 30;
const bottom = 96;
const left = 6;
const right = 94;
/** More than a screen has columns for. */
const mostPoints = 400;

export function frontierPicture(frontier: ShownFrontier, chosen: ChosenPlan): HTMLElement {
  const { timesS, energiesJ, allHighest } = frontier;
  const across = scale(timesS, left, right);
  const down = scale(energiesJ, bottom, top);
  const stride = Math.max(1, Math.ceil(timesS.length / mostPoints));
  const drawn = timesS.flatMap((timeS, at) =>
    at % stride === 0 || at === timesS.length - 1
      ? [`${(across(timeS) * 100).toFixed(0)},${down(energiesJ[at] ?? 0).toFixed(2)}`]
      : [],
  );
  const curve = svg(
    'svg',
    { viewBox: `0 0 10000 ${height}`, preserveAspectRatio: 'none', width: '100%', height },
    svg('polyline', { points: drawn.join(' '), class: 'plan-line frontier-line' }),
  );
  const [fastestS = 0, slowestS = 0] = [timesS[0], timesS.at(-1)];
  const shown = svg(
    'svg',
    { class: 'plan-picture', height, role: 'img' },
    svg('line', { x1: '0%', x2: '100%', y1: bottom + 12, y2: bottom + 12, class: 'picture-axis' }),
    curve,
    svg('circle', {
      cx: percent(across(chosen.timeS)),
      cy: down(chosen.energyJ),
      r: 6,
      class: 'plan-picked',
    }),
    words(seconds(fastestS), { x: 0, y: height - 8, 'text-anchor': 'start' }),
    words('time of an iteration →', { x: '50%', y: height - 8 }),
    words(seconds(slowestS), { x: '100%', y: height - 8, 'text-anchor': 'end' }),
    words('↑ energy of an iteration', { x: 0, y: 10, 'text-anchor': 'start' }),
    words(`all at the highest: ${formatEnergy(allHighest.energyJ)} ↑`, {
      x: '100%',
      y: 10,
      'text-anchor': 'end',
    }),
  );
  const ends = [0, timesS.length - 1].map((at) => iterationText(timesS[at] ?? 0, energiesJ[at] ?? 0));
  shown.setAttribute(
    'aria-label',
    `Frontier of ${timesS.length} plans, from ${ends[0]} to ${ends[1]}. Chosen: ${iterationText(chosen.timeS, chosen.energyJ)}.`,
  );
  return el('div', 'picture', shown);
}
