/** The chart by keyboard: cursor, marked stretch, zoom, and out again. */

import type { ChartData } from '../chartData.ts';
import { anchorOf, stretchBetween, stretchText } from '../selection.ts';
import type { PanelState } from '../state.ts';
import { panned, windowOver, zoomed } from '../windowMoves.ts';
import type { ChartContext } from './chartPointer.ts';

const farther = 10;

export function chartKeys(
  plot: HTMLElement,
  context: ChartContext,
  moved: (state: PanelState, data: ChartData) => void,
  say: (text: string) => void,
): void {
  plot.addEventListener('keydown', (event) => {
    const state = context.doors.state();
    const data = context.data();
    if (data === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { dispatch } = context.doors;
    const to = cursorFor(event, state, data);
    if (to !== undefined) {
      // The first press places the cursor, where the stretch begins.
      const from = event.shiftKey && state.cursorMs !== null ? anchorOf(state, state.cursorMs) : undefined;
      const selection = from === undefined ? null : stretchBetween(state, from, to);
      if (from !== undefined) dispatch({ type: 'page/select', selection });
      dispatch({ type: 'page/cursor', timeMs: to });
      // At the edge of what is shown the window goes along.
      const outside = Math.min(0, to - data.fromMs) + Math.max(0, to - data.toMs);
      const window = panned(state, outside);
      if (window !== state.view.window) dispatch({ type: 'page/window', window });
      if (selection === null) moved({ ...state, cursorMs: to }, data);
      else say(`Selected ${stretchText(selection)}`);
    } else if (event.key === 'Enter' && state.view.selection !== null) {
      dispatch({ type: 'page/window', window: windowOver(state, state.view.selection) });
    } else if (event.key === 'Escape' && state.view.selection !== null) {
      dispatch({ type: 'page/select', selection: null });
      say('Selection cleared');
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
  const runEnd = state.run?.durationMs ?? data.toMs;
  const end = Math.min(data.toMs, runEnd);
  const step = data.bucketMs;
  const at = state.cursorMs ?? end;
  // The cursor stands in the middle of a bucket, where its value is drawn.
  const snap = (timeMs: number): number => (Math.floor(timeMs / data.bucketMs) + 0.5) * data.bucketMs;
  const within = (timeMs: number): number => snap(Math.min(runEnd - 1, Math.max(0, timeMs)));
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
      return within(end - 1);
    default:
      return undefined;
  }
}
