/** The chart with its readout, its cursor and its zoom. The cursor is an element of its own: moving it draws nothing. */

import type { RunDetail } from '../../contracts/runs.ts';
import { type ChartData, chartData } from '../chartData.ts';
import { charts } from '../charts/all.ts';
import type { PanelState } from '../state.ts';
import { lastMs } from '../timeline.ts';
import { wasteKey } from '../wasteOrder.ts';
import { chartKeys } from './chartKeys.ts';
import { chartPointer } from './chartPointer.ts';
import { el, setAttribute, setHidden, setText } from './dom.ts';
import type { Marks } from './marks.ts';
import type { Doors } from './part.ts';
import { createReadout, spokenText } from './readout.ts';
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

/** The limit line is worth its place when the curve comes near it. */
const nearLimit = 1.3;

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
  plot.setAttribute('aria-label', 'Power and utilisation over time');
  plot.title = '';
  const help = el(
    'p',
    'visually-hidden',
    'Arrow keys move the cursor, with Shift ten times as far, and at the edge what is shown. Home and End go to the ends. Plus and minus zoom, 0 shows the whole run, Escape lets go. The Table tab has the same values.',
  );
  help.id = 'chart-help';
  plot.setAttribute('aria-describedby', help.id);
  const voice = createVoice();
  const wish = seriesWishes(doors.send);
  const element = el('div', 'chart-pane', readout.element, plot, help, voice.element);

  let stacked: StackedChart | undefined;
  let state: PanelState | undefined;
  let data: ChartData | undefined;
  let drawnTheme: Theme | undefined;
  let drawnFrom: readonly unknown[] = [];
  let tops: { runId: string; byChart: Record<string, number> } = { runId: '', byChart: {} };
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
  chartKeys(plot, context, (moved, shown) => voice.say(spokenText(moved, shown)));
  chartPointer(plot, brush, context);

  function draw(run: RunDetail, shown: PanelState, theme: Theme): ChartData {
    const next = chartData(shown, size.width || undefined);
    if (tops.runId !== run.runId) tops = { runId: run.runId, byChart: {} };
    for (const chart of charts) {
      const before = tops.byChart[chart.id] ?? 0;
      tops.byChart[chart.id] = Math.max(before, chart.top(next.largest[chart.id] ?? 0));
    }
    const marks = marksOf(run, shown, next);
    const powerTop = tops.byChart['power'];
    if (marks.powerLimitW !== null && powerTop !== undefined && powerTop < marks.powerLimitW) {
      tops.byChart['power'] = charts[0]?.top(marks.powerLimitW) ?? powerTop;
    }
    stacked ??= createStackedChart(canvas, theme);
    stacked.update(next, marks, tops.byChart, theme, size.height);
    return next;
  }

  function update(next: PanelState, theme: Theme): void {
    drawnTheme = theme;
    state = next;
    const { run, view, curves, litWaste } = next;
    if (run === null) return;
    const from = [run, view, curves, litWaste, theme, size];
    if (from.some((part, at) => part !== drawnFrom[at])) {
      drawnFrom = from;
      data = draw(run, next, theme);
      setAttribute(canvas, 'aria-label', pictureText(run, data));
    }
    if (data === undefined) return;
    readout.update(next, data);
    placeCursor(cursor, next.cursorMs, data, stacked);
    const without = data.lines.every((line) => line.points.length === 0);
    setHidden(nothing, !without);
    setText(nothing, without ? nothingText(run) : '');
    const { window } = view;
    const finer = window.kind === 'fixed' && lastMs(curves.whole) >= 0;
    wish(finer ? { type: 'series', runId: run.runId, fromMs: window.fromMs, toMs: window.toMs } : null);
  }

  return { element, update, drawn: () => data };
}

function marksOf(run: RunDetail, state: PanelState, data: ChartData): Marks {
  const limits = new Set(run.devices.map(({ powerLimitW }) => powerLimitW));
  const limit = limits.size === 1 ? (run.devices[0]?.powerLimitW ?? null) : null;
  const near = limit !== null && (data.largest['power'] ?? 0) * nearLimit >= limit;
  return {
    gaps: run.gaps,
    stepMarks: run.stepMarks ?? [],
    lit: run.waste.find((item) => wasteKey(item) === state.litWaste)?.windows ?? [],
    powerLimitW: near ? limit : null,
  };
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
  const largest = charts.map((chart) => `${chart.label} up to ${chart.format(data.largest[chart.id])}`);
  return `${gpus}. ${largest.join(', ')}.`;
}

const nothingText = (run: RunDetail): string =>
  run.totals.missing === 'noPermission'
    ? 'The power of this run’s GPUs may not be read.'
    : run.state === 'live'
      ? 'Waiting for the first reading of a GPU of this run.'
      : 'No reading of a GPU was recorded in this run.';
