/** The chart's buckets as a table: the same numbers for whoever cannot or would rather not read a curve. */

import { notAvailable } from '../../contracts/units.ts';
import { type Buckets, seriesPoints } from '../buckets.ts';
import { isSimulated, shownCharts } from '../chartData.ts';
import type { ChartSpec } from '../charts/chartSpec.ts';
import { anyMarks, curveMarks, marksText } from '../curveMarks.ts';
import type { PanelState } from '../state.ts';
import { chartNames, clockText } from '../words.ts';
import { el, setAttribute, setText } from './dom.ts';

/** Nobody reads a table four times a second. */
const restMs = 1000;
const timeWidthPx = 80;
const columnWidthPx = 108;

export interface TableTwin {
  readonly element: HTMLElement;
  update(state: PanelState, buckets: Buckets): void;
}

interface Column {
  readonly title: string;
  /** Times that it has a value of. */
  readonly times: readonly number[];
  readonly textAt: (timeMs: number) => string;
}

export function createTableTwin(): TableTwin {
  const caption = el('caption');
  const head = el('thead');
  const body = el('tbody');
  const table = el('table', 'twin', caption, head, body);
  const element = el('div', 'table-scroll', table);
  element.tabIndex = 0;
  element.setAttribute('role', 'region');
  let filledAt = Number.NEGATIVE_INFINITY;
  let filledFrom: readonly unknown[] = [];
  let rows = new Map<number, HTMLTableRowElement>();
  let shape = '';

  function fill(state: PanelState, buckets: Buckets): void {
    const columns = columnsOf(state, buckets);
    const times = [...new Set(columns.flatMap((column) => column.times))].sort((a, b) => b - a);
    const newShape = `${state.run?.runId} ${buckets.bucketMs} ${columns.map(({ title }) => title).join()}`;
    if (newShape !== shape) {
      shape = newShape;
      rows = new Map();
      body.replaceChildren();
      head.replaceChildren(
        el('tr', '', heading('Time', 'col'), ...columns.map(({ title }) => heading(title, 'col'))),
      );
      // Fixed widths: with automatic ones a new row lays out thousands of cells again.
      table.style.width = `${timeWidthPx + columns.length * columnWidthPx}px`;
    }
    const kept = new Set(times);
    for (const [time, row] of rows) {
      if (kept.has(time)) continue;
      row.remove();
      rows.delete(time);
    }
    let after: HTMLTableRowElement | null = null;
    for (const time of times) {
      const texts = columns.map(({ textAt }) => textAt(time));
      let row = rows.get(time);
      if (row === undefined) {
        row = el(
          'tr',
          '',
          heading(clockText(time, buckets.bucketMs), 'row'),
          ...texts.map((text) => el('td', '', text)),
        );
        rows.set(time, row);
        if (after === null) body.prepend(row);
        else after.after(row);
      } else {
        for (const [at, text] of texts.entries()) {
          const cell = row.cells[at + 1];
          if (cell !== undefined) setText(cell, text);
        }
      }
      after = row;
    }
  }

  return {
    element,
    update(state, buckets) {
      const { run, view, curves, charts } = state;
      if (run === null) return;
      const from = [run.runId, run.state, run.course, view, curves, charts, buckets.toMs];
      const before = filledFrom;
      if (from.every((part, at) => part === before[at])) return;
      const onlyLonger = from.slice(0, -1).every((part, at) => part === before[at]);
      if (onlyLonger && performance.now() - filledAt < restMs) return;
      filledFrom = from;
      setAttribute(element, 'aria-label', `${chartNames(shownCharts(state))} as a table`);
      filledAt = performance.now();
      setText(caption, `${isSimulated(run) ? 'Simulated GPU. ' : ''}Means of ${buckets.bucketMs / 1000} s`);
      fill(state, buckets);
    },
  };
}

function columnsOf(state: PanelState, buckets: Buckets): readonly Column[] {
  const charts = shownCharts(state);
  const column = (title: string, owner: string, { metric, format }: ChartSpec): Column => {
    const byTime = new Map(seriesPoints(state, owner, metric, buckets).map(({ x, y }) => [x, y] as const));
    return { title, times: [...byTime.keys()], textAt: (timeMs) => format(byTime.get(timeMs)) };
  };
  const marks = curveMarks(state, buckets);
  const marked: Column = {
    title: 'Marks',
    times: [],
    textAt: (timeMs) => marksText(marks, timeMs) || notAvailable,
  };
  const ofGpus = (state.run?.devices ?? []).flatMap(({ uuid, index }) =>
    charts
      .filter(({ owner }) => owner === 'gpu')
      .map((chart) => column(`#${index} ${chart.label}`, uuid, chart)),
  );
  const ofHost = charts.filter(({ owner }) => owner === 'host');
  return [
    ...ofGpus,
    ...ofHost.map((chart) => column(chart.label, 'host', chart)),
    ...(anyMarks(marks) ? [marked] : []),
  ];
}

function heading(text: string, scope: 'col' | 'row'): HTMLTableCellElement {
  const cell = el('th', '', text);
  cell.scope = scope;
  return cell;
}
