/** Asks for the totals of the marked stretch: one question at a time, a few a second, and the newest wish last. */

import type { PageMessage, StretchTotals } from '../../contracts/viewProtocol.ts';
import { askingTurn, stretchOf } from '../selection.ts';
import type { PanelState } from '../state.ts';
import type { Selection } from '../view.ts';

const betweenMs = 200;

export function totalsWishes(send: (message: PageMessage) => void): (state: PanelState) => void {
  let asked = '';
  let sentAtMs = Number.NEGATIVE_INFINITY;
  /** The question that is under way, and what was known then; a host that hydrates anew has forgotten it. */
  let underWay: {
    readonly of: Selection;
    readonly stretch: StretchTotals | null;
    readonly turn: number;
  } | null = null;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  return function wish(state) {
    const { run, stretch, hydrations, view } = state;
    const { selection } = view;
    clearTimeout(waiting);
    if (run === null || selection === null) return;
    if (underWay !== null && (underWay.turn !== hydrations || answers(stretch, underWay))) underWay = null;
    const text = `${run.runId} ${selection.fromMs} ${selection.toMs} ${askingTurn(state, selection)}`;
    if (underWay !== null || (text === asked && stretchOf(state) !== null)) return;
    const restMs = sentAtMs + betweenMs - performance.now();
    if (restMs > 0) {
      waiting = setTimeout(() => wish(state), restMs);
      return;
    }
    asked = text;
    sentAtMs = performance.now();
    underWay = { of: selection, stretch, turn: hydrations };
    send({ type: 'totals', runId: run.runId, ...selection });
  };
}

/** An answer that came since, and to this question: another's leaves it under way. */
const answers = (
  now: StretchTotals | null,
  { of, stretch }: { readonly of: Selection; readonly stretch: StretchTotals | null },
): boolean => now !== stretch && now?.fromMs === of.fromMs && now.toMs === of.toMs;
