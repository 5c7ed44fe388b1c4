/**
 * The chart by pointer: hover moves the cursor, a drag zooms into the stretch, a wheel sideways moves along the run, a double
 * click shows the whole run.
 */

import type { ChartData } from '../chartData.ts';
import { panned } from '../windowMoves.ts';
import { setHidden } from './dom.ts';
import type { Doors } from './part.ts';
import type { StackedChart } from './stackedChart.ts';

export interface ChartContext {
  readonly data: () => ChartData | undefined;
  readonly chart: () => StackedChart | undefined;
  readonly doors: Doors;
}

/** A hand that presses is never quite still. */
const smallestDragPx = 6;

export function chartPointer(plot: HTMLElement, brush: HTMLElement, context: ChartContext): void {
  const { dispatch } = context.doors;
  let pressedAt: number | null = null;
  setHidden(brush, true);

  const place = (event: PointerEvent): number => {
    const area = context.chart()?.area() ?? { left: 0, right: 0 };
    return Math.min(area.right, Math.max(area.left, event.clientX - plot.getBoundingClientRect().left));
  };

  plot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    pressedAt = place(event);
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener('pointermove', (event) => {
    const chart = context.chart();
    if (chart === undefined) return;
    const x = place(event);
    dispatch({ type: 'page/cursor', timeMs: chart.timeAt(x) });
    const wide = pressedAt !== null && Math.abs(x - pressedAt) >= smallestDragPx;
    setHidden(brush, !wide);
    if (!wide || pressedAt === null) return;
    const { top, bottom } = chart.area();
    brush.style.transform = `translate(${Math.min(x, pressedAt)}px, ${top}px)`;
    brush.style.width = `${Math.abs(x - pressedAt)}px`;
    brush.style.height = `${bottom - top}px`;
  });
  plot.addEventListener('pointerup', (event) => {
    const chart = context.chart();
    const from = pressedAt;
    pressedAt = null;
    setHidden(brush, true);
    if (chart === undefined || from === null) return;
    const x = place(event);
    if (Math.abs(x - from) < smallestDragPx) return;
    const [fromMs, toMs] = [chart.timeAt(Math.min(x, from)), chart.timeAt(Math.max(x, from))].map(Math.round);
    if (fromMs === undefined || toMs === undefined || toMs - fromMs < 500) return;
    dispatch({ type: 'page/window', window: { kind: 'fixed', fromMs: Math.max(0, fromMs), toMs } });
  });
  plot.addEventListener('pointercancel', () => {
    pressedAt = null;
    setHidden(brush, true);
  });
  plot.addEventListener('pointerleave', () => dispatch({ type: 'page/cursor', timeMs: null }));
  plot.addEventListener(
    'wheel',
    (event) => {
      const data = context.data();
      const { left, right } = context.chart()?.area() ?? { left: 0, right: 0 };
      const pixels = (event.shiftKey ? event.deltaX || event.deltaY : event.deltaX) * unitPx(event);
      if (data === undefined || pixels === 0 || right <= left) return;
      event.preventDefault();
      const state = context.doors.state();
      const window = panned(state, (pixels / (right - left)) * (data.toMs - data.fromMs));
      if (window !== state.view.window) dispatch({ type: 'page/window', window });
    },
    { passive: false },
  );
  plot.addEventListener('dblclick', () => dispatch({ type: 'page/window', window: { kind: 'all' } }));
}

/** A wheel counts in pixels, lines or pages. */
const unitPx = ({ deltaMode }: WheelEvent): number => (deltaMode === 0 ? 1 : deltaMode === 1 ? 16 : 400);
