/** The tab "Plan": one page for each kind of plan, chosen by a row of tabs of its own. */

import { type PlanPage, planPages } from '../../view.ts';
import { button, el, setAttribute, setHidden } from '../dom.ts';
import type { Doors, Part } from '../part.ts';
import { roving } from '../roving.ts';
import { createBalancePage } from './balancePage.ts';
import { createBatchPage } from './batchPage.ts';
import { createPipelinePage } from './pipelinePage.ts';
import { createPowerPage } from './powerPage.ts';

const labels: Readonly<Record<PlanPage, string>> = {
  power: 'Power limit',
  batch: 'Batch size',
  balance: 'Balance of GPUs',
  pipeline: 'Pipeline',
};

export function createPlanPane(doors: Doors): Part {
  const pages: Readonly<Record<PlanPage, Part>> = {
    power: createPowerPage(doors),
    batch: createBatchPage(doors),
    balance: createBalancePage(doors),
    pipeline: createPipelinePage(doors),
  };
  const row = el('div', 'plan-tabs');
  row.setAttribute('role', 'tablist');
  row.setAttribute('aria-label', 'Kind of plan');
  const tabs = planPages.map((page) => {
    const tab = button(labels[page], 'tab', () => doors.dispatch({ type: 'page/planPage', planPage: page }));
    tab.id = `plan-tab-${page}`;
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', `plan-${page}`);
    const { element } = pages[page];
    element.id = `plan-${page}`;
    element.setAttribute('role', 'tabpanel');
    element.setAttribute('aria-labelledby', tab.id);
    return { page, tab };
  });
  row.append(...tabs.map(({ tab }) => tab));
  const rove = roving(row, (chosen) => chosen.click());
  const element = el('div', 'plan', row, ...planPages.map((page) => pages[page].element));

  return {
    element,
    update(state) {
      for (const { page, tab } of tabs) {
        const chosen = page === state.view.planPage;
        setAttribute(tab, 'aria-selected', String(chosen));
        setHidden(pages[page].element, !chosen);
        pages[page].update(state);
      }
      rove.refresh();
    },
  };
}
