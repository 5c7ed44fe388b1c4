/**
 * The chart by pointer: hover moves the cursor, a drag marks a stretch and with Shift zooms into it, a click takes the mark
 * away, a wheel sideways moves along the run, a double click shows the whole run.
 */

import type { ChartData } from '../chartData.ts';
import { stretchBetween } from '../selection.ts';
import { panned, windowOver } from '../windowMoves.ts';
import type { Doors } from './part.ts';
import type { StackedChart } from './stackedChart.ts';

export interface ChartContext {
  readonly data: () => ChartData | undefined;
  readonly chart: () => StackedChart | undefined;
  readonly doors: Doors;
}

/** A hand that presses is never quite still. */
const smallestDragPx = 6;

/** `dragged` is told of the stretch under the hand, and null when it lets go. */
export function chartPointer(
  plot: HTMLElement,
  context: ChartContext,
  dragged: (between: readonly [fromPx: number, toPx: number] | null) => void,
): void {
  const { dispatch } = context.doors;
  let pressedAt: number | null = null;

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
    if (pressedAt === null) return;
    const wide = Math.abs(x - pressedAt) >= smallestDragPx;
    dragged(wide ? [Math.min(x, pressedAt), Math.max(x, pressedAt)] : null);
  });
  plot.addEventListener('pointerup', (event) => {
    const chart = context.chart();
    const from = pressedAt;
    pressedAt = null;
    dragged(null);
    if (chart === undefined || from === null) return;
    const x = place(event);
    const state = context.doors.state();
    const wide = Math.abs(x - from) >= smallestDragPx;
    const stretch = wide ? stretchBetween(state, chart.timeAt(from), chart.timeAt(x)) : null;
    if (!event.shiftKey) dispatch({ type: 'page/select', selection: stretch });
    else if (stretch !== null) dispatch({ type: 'page/window', window: windowOver(state, stretch) });
  });
  plot.addEventListener('pointercancel', () => {
    pressedAt = null;
    dragged(null);
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
