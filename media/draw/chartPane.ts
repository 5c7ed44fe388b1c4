/** The chart with its readout, cursor, marked stretch and zoom. Cursor and mark are elements of their own: moving them draws nothing. */

import type { RunDetail } from '../../contracts/runs.ts';
import { type ChartData, chartData } from '../chartData.ts';
import type { PanelState } from '../state.ts';
import { lastMs } from '../timeline.ts';
import { chartNames } from '../words.ts';
import { chartKeys } from './chartKeys.ts';
import { axisTops, marksOf, nothingText } from './chartParts.ts';
import { chartPointer } from './chartPointer.ts';
import { el, setAttribute, setHidden, setText } from './dom.ts';
import type { Doors } from './part.ts';
import { createReadout, spokenText } from './readout.ts';
import { createSelectionBar } from './selectionBar.ts';
import { seriesWishes } from './seriesWish.ts';
import { createStackedChart, type StackedChart } from './stackedChart.ts';
import type { Theme } from './theme.ts';
import { createVoice } from './voice.ts';

export interface ChartPane {
  readonly element: HTMLElement;
  update(state: PanelState, theme: Theme): void;
  /** What is drawn, for tests and for the summary on the root. */
  drawn(): ChartData | undefined;
}

export function createChartPane(doors: Doors): ChartPane {
  const readout = createReadout(doors);
  const canvas = el('canvas');
  canvas.setAttribute('role', 'img');
  const cursor = el('div', 'cursor');
  const brush = el('div', 'brush');
  const nothing = el('p', 'chart-nothing');
  const plot = el('div', 'plot', canvas, cursor, brush, nothing);
  plot.tabIndex = 0;
  plot.setAttribute('role', 'application');
  plot.setAttribute('aria-roledescription', 'chart');
  plot.title = '';
  const help = el(
    'p',
    'visually-hidden',
    'Arrow keys move the cursor, Page Up and Page Down ten times as far, and at the edge what is shown. Home and End go to the ends. With Shift they mark a stretch, as dragging does, and its totals are told. Enter zooms into the marked stretch, as dragging with Shift does. Plus and minus zoom, 0 shows the whole run, Escape takes the mark away, then lets go. The Table tab has the same values.',
  );
  help.id = 'chart-help';
  plot.setAttribute('aria-describedby', help.id);
  const voice = createVoice();
  const wish = seriesWishes(doors.send);
  const selected = createSelectionBar(doors, voice.say);
  const element = el('div', 'chart-pane', readout.element, plot, selected.element, help, voice.element);

  let stacked: StackedChart | undefined;
  let state: PanelState | undefined;
  let data: ChartData | undefined;
  let drawnTheme: Theme | undefined;
  let drawnFrom: readonly unknown[] = [];
  let tops: { runId: string; byChart: Readonly<Record<string, number>> } = { runId: '', byChart: {} };
  // Asking the page for its layout four times a second would be dear: it tells when it changed.
  let size = { width: 0, height: 0 };
  new ResizeObserver(() => {
    size = { width: plot.clientWidth, height: plot.clientHeight };
    if (state !== undefined && drawnTheme !== undefined) update(state, drawnTheme);
  }).observe(plot);

  const context = {
    data: () => data,
    chart: () => stacked,
    doors,
  };
  chartKeys(plot, context, (moved, shown) => voice.say(spokenText(moved, shown)), voice.say);
  let dragged: readonly [fromPx: number, toPx: number] | null = null;
  chartPointer(plot, context, (between) => {
    dragged = between;
    placeMark();
  });

  /** What is dragged now, else what was marked as far as it is shown. */
  function placeMark(): void {
    const selection = state?.view.selection ?? null;
    const { left, right, top, bottom } = stacked?.area() ?? { left: 0, right: 0, top: 0, bottom: 0 };
    const marked =
      selection === null || stacked === undefined
        ? null
        : ([selection.fromMs, selection.toMs] as const).map(stacked.pixelAt);
    const [from = 0, to = 0] = (dragged ?? marked ?? []).map((x) => Math.min(right, Math.max(left, x)));
    setHidden(brush, to <= from);
    brush.style.transform = `translate(${from}px, ${top}px)`;
    brush.style.width = `${Math.max(1, to - from)}px`;
    brush.style.height = `${Math.max(0, bottom - top)}px`;
  }

  function draw(run: RunDetail, shown: PanelState, theme: Theme): ChartData {
    const next = chartData(shown, size.width || undefined);
    const marks = marksOf(run, shown, next);
    const before = tops.runId === run.runId ? tops.byChart : {};
    tops = { runId: run.runId, byChart: axisTops(next, marks, before) };
    stacked ??= createStackedChart(canvas, theme);
    stacked.update(next, marks, tops.byChart, theme, size.height);
    return next;
  }

  function update(next: PanelState, theme: Theme): void {
    drawnTheme = theme;
    state = next;
    const { run, view, curves, litWaste, charts } = next;
    if (run === null) return;
    const from = [run, view, curves, litWaste, charts, theme, size];
    if (from.some((part, at) => part !== drawnFrom[at])) {
      drawnFrom = from;
      data = draw(run, next, theme);
      setAttribute(plot, 'aria-label', `${chartNames(data.charts)} over time`);
      plot.style.setProperty('--charts', String(data.charts.length));
      setAttribute(canvas, 'aria-label', pictureText(run, data));
    }
    if (data === undefined) return;
    readout.update(next, data);
    placeCursor(cursor, next.cursorMs, data, stacked);
    placeMark();
    selected.update(next);
    const without = data.lines.every((line) => line.points.length === 0);
    setHidden(nothing, !without);
    setText(nothing, without ? nothingText(run) : '');
    const { window } = view;
    const finer = window.kind === 'fixed' && lastMs(curves.whole) >= 0;
    wish(finer ? { type: 'series', runId: run.runId, fromMs: window.fromMs, toMs: window.toMs } : null);
  }

  return { element, update, drawn: () => data };
}

function placeCursor(
  cursor: HTMLElement,
  cursorMs: number | null,
  data: ChartData,
  stacked: StackedChart | undefined,
): void {
  const shown =
    cursorMs !== null && cursorMs >= data.fromMs && cursorMs <= data.toMs && stacked !== undefined;
  setHidden(cursor, !shown);
  if (!shown) return;
  const { top, bottom } = stacked.area();
  cursor.style.transform = `translate(${Math.round(stacked.pixelAt(cursorMs))}px, ${top}px)`;
  cursor.style.height = `${Math.max(0, bottom - top)}px`;
}

function pictureText(run: RunDetail, data: ChartData): string {
  const gpus = run.devices.length === 1 ? '1 GPU' : `${run.devices.length} GPUs`;
  const largest = data.charts.map((chart) => `${chart.label} up to ${chart.format(data.largest[chart.id])}`);
  return `${gpus}. ${largest.join(', ')}.`;
}
