/** The chart by keyboard: cursor, zoom, and out again. */

import { type ChartData, windowOf } from '../chartData.ts';
import type { PanelState } from '../state.ts';
import type { TimeWindow } from '../view.ts';
import type { ChartContext } from './chartPointer.ts';

const farther = 10;
/** Zooming in ends here: finer than the readings there is nothing to see. */
const shortestMs = 1_000;

export function chartKeys(
  plot: HTMLElement,
  context: ChartContext,
  moved: (state: PanelState, data: ChartData) => void,
): void {
  plot.addEventListener('keydown', (event) => {
    const state = context.doors.state();
    const data = context.data();
    if (data === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { dispatch } = context.doors;
    const to = cursorFor(event, state, data);
    if (to !== undefined) {
      dispatch({ type: 'page/cursor', timeMs: to });
      moved({ ...state, cursorMs: to }, data);
    } else if (event.key === 'Escape' && state.cursorMs !== null) {
      dispatch({ type: 'page/cursor', timeMs: null });
    } else if (event.key === 'Escape' || event.key === '0') {
      dispatch({ type: 'page/window', window: { kind: 'all' } });
    } else if (event.key === '+' || event.key === '=') {
      dispatch({ type: 'page/window', window: zoomed(state, 0.5) });
    } else if (event.key === '-') {
      dispatch({ type: 'page/window', window: zoomed(state, 2) });
    } else return;
    event.preventDefault();
  });
}

function cursorFor(event: KeyboardEvent, state: PanelState, data: ChartData): number | undefined {
  const end = Math.min(data.toMs, state.run?.durationMs ?? data.toMs);
  const step = data.bucketMs * (event.shiftKey ? farther : 1);
  const at = state.cursorMs ?? end;
  // The cursor stands in the middle of a bucket, where its value is drawn.
  const snap = (timeMs: number): number => (Math.floor(timeMs / data.bucketMs) + 0.5) * data.bucketMs;
  const within = (timeMs: number): number => snap(Math.min(end - 1, Math.max(data.fromMs, timeMs)));
  switch (event.key) {
    case 'ArrowLeft':
      return within(at - (state.cursorMs === null ? 0 : step));
    case 'ArrowRight':
      return within(at + step);
    case 'PageUp':
      return within(at - data.bucketMs * farther);
    case 'PageDown':
      return within(at + data.bucketMs * farther);
    case 'Home':
      return within(data.fromMs);
    case 'End':
      return within(end);
    default:
      return undefined;
  }
}

export function zoomed(state: PanelState, factor: number): TimeWindow {
  const { fromMs, toMs } = windowOf(state);
  const whole = windowOf({ ...state, view: { ...state.view, window: { kind: 'all' } } });
  const length = Math.max(shortestMs, (toMs - fromMs) * factor);
  if (length >= whole.toMs - whole.fromMs) return { kind: 'all' };
  const middle = state.cursorMs ?? (fromMs + toMs) / 2;
  const from = Math.max(0, Math.min(middle - length / 2, whole.toMs - length));
  return { kind: 'fixed', fromMs: Math.round(from), toMs: Math.round(from + length) };
}
