/** Energy per step of two runs over the same axis of steps: where in the run a change helped. */

import type { Comparison, StepCurve } from '../../contracts/runs.ts';
import { formatPerStep } from '../../contracts/units.ts';
import { el, svg } from './dom.ts';

const heightPx = 72;
const topPx = 6;

/** Null where one of the runs has no curve: a comparison of an older sampler, or too few steps. */
export function curvesPicture({ baseline, run, curves, warmUpSteps = 0 }: Comparison): HTMLElement | null {
  if (curves === undefined || curves.baseline.steps.length < 2 || curves.run.steps.length < 2) return null;
  const lastStep = Math.max(...curves.baseline.steps, ...curves.run.steps);
  const mostJ = Math.max(...curves.baseline.perStepJ, ...curves.run.perStepJ);
  if (!(mostJ > 0)) return null;
  // Thousandths sideways and pixels downwards: lines keep their width at any size of the panel.
  const sideways = (step: number): number => (step / lastStep) * 1000;
  const down = (joules: number): number => topPx + (1 - Math.max(0, joules) / mostJ) * (heightPx - topPx);
  const line = ({ steps, perStepJ }: StepCurve, name: string): SVGPolylineElement =>
    svg('polyline', {
      points: steps
        .map((step, at) => `${sideways(step).toFixed(1)},${down(perStepJ[at] ?? 0).toFixed(1)}`)
        .join(' '),
      class: name,
    });
  const picture = svg(
    'svg',
    {
      viewBox: `0 0 1000 ${heightPx}`,
      height: heightPx,
      preserveAspectRatio: 'none',
      class: 'curves-picture',
      role: 'img',
    },
    svg('rect', {
      x: 0,
      y: 0,
      width: sideways(Math.min(warmUpSteps, lastStep)).toFixed(1),
      height: heightPx,
      class: 'curves-warm-up',
    }),
    line(curves.baseline, 'curves-baseline'),
    line(curves.run, 'curves-run'),
  );
  const most = formatPerStep(mostJ, null, run.unit);
  picture.setAttribute(
    'aria-label',
    `Energy per step along both runs, up to ${most} over ${Math.round(lastStep)} steps; run ${baseline.number} dashed.`,
  );
  const left = warmUpSteps > 0 ? ` The first ${Math.ceil(warmUpSteps)}, shaded, are left out.` : '';
  const legend = `Energy per step by step, up to ${most}: run ${baseline.number} dashed, run ${run.number} drawn through.${left}`;
  return el('figure', 'picture curves', picture, el('figcaption', 'curves-legend', legend));
}
