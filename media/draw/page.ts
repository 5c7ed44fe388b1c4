/** The whole page: its parts, and which of them show. */

import { bucketsFor } from '../buckets.ts';
import { pipelineAlone } from '../pipelineFigures.ts';
import type { PanelState } from '../state.ts';
import { tabs } from '../view.ts';
import { createChartPane } from './chartPane.ts';
import { createComparePane } from './comparePane.ts';
import { el, setHidden } from './dom.ts';
import { createEmptyPane } from './emptyPane.ts';
import { createFiguresRow } from './figuresRow.ts';
import { createHeader } from './header.ts';
import { createLinesPane } from './linesPane.ts';
import { createNoticeBar } from './noticeBar.ts';
import type { Doors } from './part.ts';
import { createPlanPane } from './plan/planPane.ts';
import { summarize } from './summary.ts';
import { createTableTwin } from './tableTwin.ts';
import type { Theme } from './theme.ts';
import { createWasteList } from './wasteList.ts';

export function createPage(
  root: HTMLElement,
  doors: Doors,
): { update(state: PanelState, theme: Theme): void } {
  const title = el('h1', 'visually-hidden', 'Energy Profile');
  const parts = [createHeader(doors), createNoticeBar(doors), createFiguresRow(), createEmptyPane(doors)];
  const chart = createChartPane(doors);
  const table = createTableTwin();
  const lines = createLinesPane(doors);
  const compare = createComparePane(doors);
  const plan = createPlanPane(doors);
  const waste = createWasteList(doors);
  const panes = {
    chart: chart.element,
    lines: lines.element,
    table: table.element,
    compare: compare.element,
    plan: plan.element,
  };
  const wrapped = tabs.map((tab) => {
    const pane = el('div', `pane pane-${tab}`, panes[tab]);
    pane.id = `pane-${tab}`;
    pane.setAttribute('role', 'tabpanel');
    pane.setAttribute('aria-labelledby', `tab-${tab}`);
    return pane;
  });
  const body = el('div', 'body', el('div', 'panes', ...wrapped), waste.element);
  root.append(title, ...parts.map(({ element }) => element), body);

  return {
    update(state, theme) {
      root.dataset['tab'] = state.view.tab;
      setHidden(body, state.run === null && !pipelineAlone(state));
      for (const [at, pane] of wrapped.entries()) setHidden(pane, tabs[at] !== state.view.tab);
      // The comparison is about two runs, the plan about other limits: this run's waste would mislead beside them.
      setHidden(waste.element, state.view.tab === 'compare' || state.view.tab === 'plan');
      for (const part of parts) part.update(state);
      waste.update(state);
      lines.update(state);
      compare.update(state);
      plan.update(state);
      if (state.view.tab === 'chart') chart.update(state, theme);
      if (state.view.tab === 'table') table.update(state, bucketsFor(state));
      summarize(root, state, chart.drawn());
    },
  };
}
