/** Zooming and panning: from the stretch that is shown to the next. */

import { windowOf } from './buckets.ts';
import type { PanelState } from './state.ts';
import type { Selection, TimeWindow } from './view.ts';

/** Zooming in ends here: finer than the readings there is nothing to see. */
const shortestMs = 1_000;

const wholeOf = (state: PanelState): { fromMs: number; toMs: number } =>
  windowOf({ ...state, view: { ...state.view, window: { kind: 'all' } } });

/** Around the cursor, or the middle. */
export function zoomed(state: PanelState, factor: number): TimeWindow {
  const { fromMs, toMs } = windowOf(state);
  const whole = wholeOf(state);
  const length = Math.max(shortestMs, (toMs - fromMs) * factor);
  if (length >= whole.toMs - whole.fromMs) return { kind: 'all' };
  const middle = state.cursorMs ?? (fromMs + toMs) / 2;
  const from = Math.max(0, Math.min(middle - length / 2, whole.toMs - length));
  return { kind: 'fixed', fromMs: Math.round(from), toMs: Math.round(from + length) };
}

/** A marked stretch alone; one shorter than can be shown stands in the middle. */
export function windowOver(state: PanelState, { fromMs, toMs }: Selection): TimeWindow {
  const length = Math.max(shortestMs, toMs - fromMs);
  const whole = wholeOf(state);
  if (length >= whole.toMs - whole.fromMs) return { kind: 'all' };
  const from = Math.max(0, Math.min((fromMs + toMs - length) / 2, whole.toMs - length));
  return { kind: 'fixed', fromMs: Math.round(from), toMs: Math.round(from + length) };
}

/** Along the run, as far as it goes. The window that is shown already when there is nowhere to go. */
export function panned(state: PanelState, byMs: number): TimeWindow {
  const { window } = state.view;
  const { fromMs, toMs } = windowOf(state);
  const length = toMs - fromMs;
  const from = Math.round(Math.max(0, Math.min(fromMs + byMs, wholeOf(state).toMs - length)));
  return window.kind === 'all' || from === fromMs
    ? window
    : { kind: 'fixed', fromMs: from, toMs: from + length };
}
