/** The chart's buckets as a table: the same numbers for whoever cannot or would rather not read a curve. */

import { type Buckets, isSimulated, seriesPoints } from '../chartData.ts';
import { charts } from '../charts/all.ts';
import type { PanelState } from '../state.ts';
import { clockText } from '../words.ts';
import { el, setText } from './dom.ts';

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
  readonly format: (value: number | undefined) => string;
  readonly byTime: ReadonlyMap<number, number>;
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
  let rows = new Map<number, HTMLTableRowElement>();
  let shape = '';

  function fill(state: PanelState, buckets: Buckets): void {
    const columns = columnsOf(state, buckets);
    const times = [...new Set(columns.flatMap(({ byTime }) => [...byTime.keys()]))].sort((a, b) => b - a);
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
      const texts = columns.map(({ byTime, format }) => format(byTime.get(time)));
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
      const { run, view, curves } = state;
      if (run === null) return;
      const from = [run.runId, run.state, view, curves, buckets.toMs];
      const before = filledFrom;
      if (from.every((part, at) => part === before[at])) return;
      const onlyLonger = from.slice(0, 4).every((part, at) => part === before[at]);
      if (onlyLonger && performance.now() - filledAt < restMs) return;
      filledFrom = from;
      filledAt = performance.now();
      setText(caption, `${isSimulated(run) ? 'Simulated. ' : ''}Means of ${buckets.bucketMs / 1000} s`);
      fill(state, buckets);
    },
  };
}

function columnsOf(state: PanelState, buckets: Buckets): readonly Column[] {
  return (state.run?.devices ?? []).flatMap((device) =>
    charts.map((chart) => ({
      title: `#${device.index} ${chart.label}`,
      format: chart.format,
      byTime: new Map(
        seriesPoints(state, device.uuid, chart.metric, buckets).map(({ x, y }) => [x, y] as const),
      ),
    })),
  );
}

function heading(text: string, scope: 'col' | 'row'): HTMLTableCellElement {
  const cell = el('th', '', text);
  cell.scope = scope;
  return cell;
}
