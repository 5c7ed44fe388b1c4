/** Time and energy of a step under each limit, the cheapest way for each time drawn through. */

import type { LimitPoint, PlannedPower } from '../../../contracts/powerPlan.ts';
import { formatPerStep } from '../../../contracts/units.ts';
import { stepTime } from '../../limitFigures.ts';
import { el, svg } from '../dom.ts';
import { percent, scale, words } from '../picture.ts';

const height = 152;
const top = 38;
const bottom = 116;
/** Room at the sides for labels, percent; those of the dots lie to their right. */
const left = 9;
const right = 84;

/** Points beyond this, against the slowest that is worth it, would crowd the others at the left. */
const shownSlowness = 1.35;
/** Dots closer than this share a label: percent of the width, and pixels. */
const near = { x: 7, y: 14 };

export function limitPicture(plan: PlannedPower, picked: LimitPoint | null): HTMLElement {
  const frontier = plan.points
    .filter(({ paretoOptimal }) => paretoOptimal)
    .toSorted((a, b) => a.perStepMs - b.perStepMs);
  const slowestMs =
    Math.max(picked?.perStepMs ?? 0, ...frontier.map(({ perStepMs }) => perStepMs)) * shownSlowness;
  const points = plan.points.filter(({ perStepMs }) => perStepMs <= slowestMs);
  const beyond = plan.points.filter((point) => !points.includes(point));
  const times = points.map(({ perStepMs }) => perStepMs);
  const across = scale(times, left, right);
  const down = scale(
    points.map(({ perStepJ }) => perStepJ),
    bottom,
    top,
  );
  const dots = points.map((point) => ({ point, x: across(point.perStepMs), y: down(point.perStepJ) }));
  const lines = frontier.slice(1).map((point, index) => {
    const before = frontier[index] ?? point;
    const [x1, x2] = [percent(across(before.perStepMs)), percent(across(point.perStepMs))];
    return svg('line', { x1, y1: down(before.perStepJ), x2, y2: down(point.perStepJ), class: 'plan-line' });
  });
  const circles = dots.map(({ point, x, y }) => {
    const chosen = point.limitW === picked?.limitW;
    const kind = chosen ? 'plan-picked' : frontier.includes(point) ? 'plan-point' : 'plan-beaten';
    return svg('circle', { cx: percent(x), cy: y, r: chosen ? 6 : 4, class: kind });
  });
  const labels = labelled(dots).map((group) => {
    const chosen = group.some(({ point }) => point.limitW === picked?.limitW);
    const x = percent(Math.max(...group.map((dot) => dot.x)));
    const y = Math.min(...group.map((dot) => dot.y)) - 8;
    const name = chosen ? 'plan-label-picked' : 'picture-text';
    // The curve comes from the upper left and leaves to the lower right: a label at the upper right is never struck.
    const at = { x, dx: 3, y, 'text-anchor': 'start', class: name };
    return words(limitsText(group.map(({ point }) => point)), at);
  });
  const shown = svg(
    'svg',
    { class: 'plan-picture', height, role: 'img' },
    svg('line', { x1: '0%', x2: '100%', y1: bottom + 10, y2: bottom + 10, class: 'picture-axis' }),
    ...lines,
    ...circles,
    ...labels,
    words(stepTime(Math.min(...times)), { x: percent(left), y: height - 8 }),
    words('time per step →', { x: '50%', y: height - 8 }),
    words(stepTime(Math.max(...times)), { x: percent(right), y: height - 8 }),
    words('↑ energy per step', { x: 0, y: 10, 'text-anchor': 'start' }),
    ...(beyond.length === 0
      ? []
      : [words(`${limitsText(beyond)}: slower and dearer →`, { x: '100%', y: 10, 'text-anchor': 'end' })]),
  );
  shown.setAttribute('aria-label', spoken(plan.points, picked));
  return el('div', 'picture', shown);
}

/** `250 W`, `150–200 W`. */
function limitsText(points: readonly LimitPoint[]): string {
  const limits = points.map(({ limitW }) => limitW);
  const [least, most] = [Math.min(...limits), Math.max(...limits)];
  return least === most ? `${least} W` : `${least}–${most} W`;
}

interface Dot {
  readonly point: LimitPoint;
  readonly x: number;
  readonly y: number;
}

/** Limits that the run never reaches lie on one another. */
function labelled(dots: readonly Dot[]): readonly (readonly Dot[])[] {
  const groups: Dot[][] = [];
  for (const dot of dots.toSorted((a, b) => a.x - b.x)) {
    const last = groups.at(-1)?.at(-1);
    const close = last !== undefined && dot.x - last.x < near.x && Math.abs(dot.y - last.y) < near.y;
    if (close) groups.at(-1)?.push(dot);
    else groups.push([dot]);
  }
  return groups;
}

function spoken(points: readonly LimitPoint[], picked: LimitPoint | null): string {
  const chosen = picked === null ? '' : ` Picked: ${picked.limitW} watts.`;
  const each = points.map(
    ({ limitW, perStepMs, perStepJ }) =>
      `${limitW} watts: ${stepTime(perStepMs)}, ${formatPerStep(perStepJ)}`,
  );
  return `Time and energy per step by power limit. ${each.join('. ')}.${chosen}`;
}
