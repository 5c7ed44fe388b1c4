/** Which charts are shown: a button that opens a list to tick. The setting keeps the choice. */

import { type ChartId, chartIds } from '../../contracts/charts.ts';
import { charts } from '../charts/all.ts';
import { el } from './dom.ts';
import type { Doors, Part } from './part.ts';

export function createChartMenu(doors: Doors): Part {
  const boxes = new Map<ChartId, HTMLInputElement>();
  const list = el('fieldset', 'chart-list', el('legend', 'visually-hidden', 'Charts to show'));
  for (const { id, label } of charts) {
    const box = el('input');
    box.type = 'checkbox';
    box.addEventListener('change', () => choose(id, box.checked));
    boxes.set(id, box);
    list.append(el('label', '', box, label));
  }
  const summary = el('summary', 'window', 'Charts');
  const element = el('details', 'chart-menu', summary, list);

  function choose(id: ChartId, wanted: boolean): void {
    const { charts: shown } = doors.state();
    const next = chartIds.filter((other) => (other === id ? wanted : shown.includes(other)));
    doors.dispatch({ type: 'page/charts', charts: next });
    doors.send({ type: 'charts', charts: next });
  }

  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !element.open) return;
    element.open = false;
    summary.focus();
  });
  element.addEventListener('focusout', ({ relatedTarget }) => {
    // A press on a label takes the focus to nothing before it ticks its box.
    if (relatedTarget instanceof Node && !element.contains(relatedTarget)) element.open = false;
  });

  // A press where nothing takes the focus closes it too.
  document.addEventListener('pointerdown', ({ target }) => {
    if (target instanceof Node && !element.contains(target)) element.open = false;
  });

  return {
    element,
    update({ charts: shown }) {
      for (const [id, box] of boxes) {
        box.checked = shown.includes(id);
        // One stays: a page without a chart would look broken.
        box.disabled = shown.length === 1 && box.checked;
      }
    },
  };
}
