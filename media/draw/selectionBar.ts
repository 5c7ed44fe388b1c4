/** Below the chart: the totals of the marked stretch, and what can be done with it. */

import { provenanceTag } from '../../contracts/provenance.ts';
import { isSimulated } from '../chartData.ts';
import {
  byDevice,
  deviceTotalsText,
  selectionFigures,
  selectionText,
  stretchOf,
  stretchText,
} from '../selection.ts';
import type { PanelState } from '../state.ts';
import { windowOver } from '../windowMoves.ts';
import { button, el, setAttribute, setHidden, setText } from './dom.ts';
import type { Doors, Part } from './part.ts';
import { totalsWishes } from './totalsWish.ts';

/** `say` is told of the totals once they are there, of each stretch once. */
export function createSelectionBar(doors: Doors, say: (text: string) => void): Part {
  const wish = totalsWishes(doors.send);
  const time = el('span', 'selection-time');
  const simulated = el('span', 'tag', 'simulated');
  simulated.dataset['simulated'] = 'true';
  const quality = el('span', 'tag');
  const figures = el('span', 'selection-figures');
  const parts = el('div', 'selection-gpus');
  parts.tabIndex = 0;
  parts.setAttribute('role', 'group');
  parts.setAttribute('aria-label', 'Selected stretch by GPU');
  const zoom = button('Zoom in', 'window', () => {
    const { selection } = doors.state().view;
    if (selection !== null)
      doors.dispatch({ type: 'page/window', window: windowOver(doors.state(), selection) });
  });
  zoom.title = 'Shows this stretch only (Enter in the chart)';
  const copy = button('Copy', 'window', () => {
    const state = doors.state();
    const { selection } = state.view;
    if (selection !== null && state.run !== null)
      doors.send({ type: 'copy', text: `run ${state.run.number}: ${selectionText(state, selection)}` });
  });
  copy.title = 'Copies these totals as a line of text';
  const clear = button('Clear', 'window', () => doors.dispatch({ type: 'page/select', selection: null }));
  clear.title = 'Takes the mark away (Escape in the chart)';
  const actions = el('span', 'selection-actions', zoom, copy, clear);
  const element = el('section', 'selection', time, simulated, quality, figures, actions, parts);
  element.setAttribute('aria-label', 'Selected stretch');
  let spoken = '';

  function show(state: PanelState): void {
    const answer = stretchOf(state);
    const totals = answer?.totals ?? null;
    setAttribute(element, 'aria-busy', answer === null ? 'true' : null);
    setHidden(simulated, totals === null || !isSimulated(state.run));
    setHidden(quality, totals === null);
    const { provenance = null } = totals ?? {};
    setText(quality, provenanceTag(provenance === null ? null : { ...provenance, simulated: false }));
    if (totals === null) setText(figures, answer === null ? '…' : (answer.failure ?? ''));
    else {
      const shown = selectionFigures(totals).map(({ label, value, partner }) =>
        el(
          'span',
          'selection-figure',
          el('span', 'selection-label', label),
          ' ',
          el('span', 'selection-value', value),
          ' ',
          el('span', 'selection-partner', partner),
        ),
      );
      const text = shown.map(({ textContent }) => textContent).join(' ');
      if (figures.dataset['shown'] !== text) figures.replaceChildren(...shown);
      figures.dataset['shown'] = text;
    }
    if (totals === null) delete figures.dataset['shown'];
    const gpus = totals === null ? [] : byDevice(totals);
    setHidden(parts, gpus.length === 0);
    const texts = gpus.map((part) => deviceTotalsText(state.run?.devices ?? [], part));
    if (parts.textContent !== texts.join(''))
      parts.replaceChildren(...texts.map((text) => el('span', '', text)));
  }

  return {
    element,
    update(state) {
      const { selection, runId } = state.view;
      wish(state);
      setHidden(element, selection === null);
      if (selection === null) {
        spoken = '';
        return;
      }
      setText(time, stretchText(selection));
      show(state);
      const key = `${runId} ${selection.fromMs} ${selection.toMs}`;
      if (stretchOf(state) === null || spoken === key) return;
      spoken = key;
      say(selectionText(state, selection));
    },
  };
}
