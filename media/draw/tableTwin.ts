/** The chart's buckets as a table: the same numbers for whoever cannot or would rather not read a curve. */

import { type Buckets, isSimulated, seriesPoints } from '../chartData.ts';
import { charts } from '../charts/all.ts';
import type { PanelState } from '../state.ts';
import { clockText } from '../words.ts';
import { el, setHidden, setText } from './dom.ts';

/** Rebuilding thousands of cells is dear, and nobody reads a table four times a second. */
const restMs = 1000;

export interface TableTwin {
  readonly element: HTMLElement;
  update(state: PanelState, data: Buckets): void;
}

export function createTableTwin(): TableTwin {
  const caption = el('caption');
  const head = el('thead');
  const body = el('tbody');
  const table = el('table', 'twin', caption, head, body);
  const element = el('div', 'table-scroll', table);
  element.tabIndex = 0;
  element.setAttribute('role', 'region');
  element.setAttribute('aria-label', 'Power and utilisation as a table');
  let filledAt = Number.NEGATIVE_INFINITY;
  let filledFrom: readonly unknown[] = [];

  return {
    element,
    update(state, data) {
      const { run, view, curves } = state;
      if (run === null) return;
      const from = [run.runId, run.state, view, curves, data.toMs];
      const before = filledFrom;
      if (from.every((part, at) => part === before[at])) return;
      const onlyLonger = from.slice(0, 4).every((part, at) => part === before[at]);
      if (onlyLonger && performance.now() - filledAt < restMs) return;
      filledFrom = from;
      filledAt = performance.now();
      setText(caption, `${isSimulated(run) ? 'Simulated. ' : ''}Means of ${data.bucketMs / 1000} s`);
      fill(head, body, state, data);
      setHidden(element, false);
    },
  };
}

function fill(head: HTMLElement, body: HTMLElement, state: PanelState, data: Buckets): void {
  const columns = (state.run?.devices ?? []).flatMap((device) =>
    charts.map((chart) => ({
      title: `#${device.index} ${chart.label}`,
      format: chart.format,
      byTime: new Map(
        seriesPoints(state, device.uuid, chart.metric, data).map(({ x, y }) => [x, y] as const),
      ),
    })),
  );
  const times = [...new Set(columns.flatMap(({ byTime }) => [...byTime.keys()]))].sort((a, b) => b - a);
  head.replaceChildren(
    el('tr', '', heading('Time', 'col'), ...columns.map(({ title }) => heading(title, 'col'))),
  );
  body.replaceChildren(
    ...times.map((time) =>
      el(
        'tr',
        '',
        heading(clockText(time, data.bucketMs), 'row'),
        ...columns.map(({ byTime, format }) => el('td', '', format(byTime.get(time)))),
      ),
    ),
  );
}

function heading(text: string, scope: 'col' | 'row'): HTMLTableCellElement {
  const cell = el('th', '', text);
  cell.scope = scope;
  return cell;
}
