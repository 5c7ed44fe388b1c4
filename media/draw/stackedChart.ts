/**
 * The canvas: all charts under one another on one time axis, by Chart.js.
 *
 * Measured for 16 GPUs at 4 updates a second: ready points, one canvas, no animation, no point marks and fixed axes
 * are what keeps an update within a frame.
 */

import {
  Chart,
  type ChartDataset,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  type ScaleOptionsByType,
} from 'chart.js';
import { formatDuration } from '../../contracts/units.ts';
import type { ChartData, Line } from '../chartData.ts';
import type { ChartSpec } from '../charts/chartSpec.ts';
import { type Marks, marksPlugin } from './marks.ts';
import { colourOf, dashOf, faint, type Theme } from './theme.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale);

const axisWidth = 52;
/** Room above each chart for its name. */
const nameHeight = 17;
/** The time axis below, roughly: only the shares of the charts depend on it. */
const timeHeight = 22;
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200];

export interface StackedChart {
  /** `tops` are the ends of the axes by chart id. */
  update(
    data: ChartData,
    marks: Marks,
    tops: Readonly<Record<string, number>>,
    theme: Theme,
    heightPx: number,
  ): void;
  /** Time under a horizontal place on the canvas, and back. */
  timeAt(pixel: number): number;
  pixelAt(timeMs: number): number;
  area(): { left: number; right: number; top: number; bottom: number };
  destroy(): void;
}

type LinearAxis = ScaleOptionsByType<'linear'>;

/** Follows the size of what the canvas lies in; with `pixelRatio` it keeps the size of the canvas, which may lie nowhere. */
export function createStackedChart(
  canvas: HTMLCanvasElement,
  theme: Theme,
  pixelRatio?: number,
): StackedChart {
  const plugin = marksPlugin();
  const chart = new Chart(canvas, {
    type: 'line',
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: pixelRatio === undefined,
      ...(pixelRatio === undefined ? {} : { devicePixelRatio: pixelRatio }),
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      events: [],
      layout: { padding: { top: nameHeight, right: 4 } },
      scales: axes([], theme, {}, canvas.clientHeight),
    },
    plugins: [plugin.plugin],
  });
  let drawnTheme = theme;
  let drawnAxes = '';
  return {
    update(data, marks, tops, newTheme, heightPx) {
      const axesText = JSON.stringify([data.charts.map(({ id }) => id), tops, heightPx]);
      if (newTheme !== drawnTheme || axesText !== drawnAxes) {
        chart.options.scales = axes(data.charts, newTheme, tops, heightPx);
        drawnTheme = newTheme;
        drawnAxes = axesText;
      }
      const time = chart.options.scales?.['x'];
      if (time !== undefined) {
        time.min = data.fromMs;
        time.max = data.toMs;
      }
      plugin.set(data, marks, newTheme);
      chart.data.datasets = data.lines.map((line) => dataset(line, newTheme));
      chart.update('none');
    },
    timeAt: (pixel) => chart.scales['x']?.getValueForPixel(pixel) ?? 0,
    pixelAt: (timeMs) => chart.scales['x']?.getPixelForValue(timeMs) ?? 0,
    area: () => chart.chartArea,
    destroy: () => chart.destroy(),
  };
}

/** Of no single GPU. */
const isOverall = ({ deviceUuid }: Line): boolean => deviceUuid === 'mean' || deviceUuid === 'host';

function dataset(line: Line, theme: Theme): ChartDataset<'line', { x: number; y: number }[]> {
  const colour = isOverall(line) ? theme.foreground : colourOf(theme, line.position);
  return {
    data: line.points as { x: number; y: number }[],
    yAxisID: line.chart.id,
    borderColor: line.role === 'behind' ? faint(colour, 0.4) : colour,
    borderWidth: line.role === 'chosen' ? 2 : 1.5,
    borderDash: isOverall(line) || line.role === 'chosen' ? [] : dashOf(line.position),
    pointRadius: 0,
    spanGaps: false,
  };
}

function axes(
  charts: readonly ChartSpec[],
  theme: Theme,
  tops: Readonly<Record<string, number>>,
  height: number,
): Record<string, object> {
  // Weights in pixels: the names need the same room on a low panel and on a high one.
  const free = Math.max(20, height - timeHeight - nameHeight * charts.length);
  const weights = charts.reduce((sum, { weight }) => sum + weight, 0);
  const font = { family: theme.fontFamily, size: 11 };
  const grid = { color: theme.grid, drawTicks: false, lineWidth: 1 };
  const result: Record<string, object> = {
    x: {
      type: 'linear',
      bounds: 'data',
      border: { display: false },
      grid: { display: false },
      ticks: {
        color: theme.muted,
        font,
        padding: 3,
        maxRotation: 0,
        autoSkip: false,
        callback: (value: number | string) => formatDuration(Number(value)),
      },
      afterBuildTicks(axis: { min: number; max: number; width: number; ticks: { value: number }[] }) {
        axis.ticks = timeTicks(axis.min, axis.max, axis.width);
      },
    },
  };
  // Chart.js stacks axes from the bottom up. Between two charts lies an axis that shows nothing.
  for (const [at, spec] of charts.toReversed().entries()) {
    if (at > 0) result[`space${at}`] = spacer(nameHeight);
    result[spec.id] = valueAxis(spec, (spec.weight / weights) * free, tops, theme, font, grid);
  }
  return result;
}

const spacer = (stackWeight: number): object => ({
  type: 'linear',
  position: 'left',
  stack: 'charts',
  stackWeight,
  min: 0,
  max: 1,
  border: { display: false },
  grid: { display: false },
  ticks: { display: false },
  afterFit(axis: { width: number }) {
    axis.width = axisWidth;
  },
});

function valueAxis(
  spec: ChartSpec,
  stackWeight: number,
  tops: Readonly<Record<string, number>>,
  theme: Theme,
  font: object,
  grid: object,
): object {
  const top = tops[spec.id] ?? spec.top(0);
  return {
    type: 'linear',
    position: 'left',
    stack: 'charts',
    stackWeight,
    min: 0,
    max: top,
    border: { display: false },
    grid,
    ticks: {
      color: theme.muted,
      font,
      padding: 4,
      autoSkip: false,
      callback: (value: number | string) => spec.tick(Number(value)),
    },
    afterBuildTicks(axis: { ticks: { value: number }[]; height: number }) {
      const ticks = spec.ticks(top);
      // A label needs some 16 px: on a low panel only the ends are labelled.
      const few = axis.height < ticks.length * 16;
      axis.ticks = ticks
        .filter((_, at) => !few || at === 0 || at === ticks.length - 1)
        .map((value) => ({ value }));
    },
    // A fixed width: labels that grow by a digit must not move the curves.
    afterFit(axis: { width: number }) {
      axis.width = axisWidth;
    },
  } satisfies Partial<Record<keyof LinearAxis, unknown>>;
}

function timeTicks(fromMs: number, toMs: number, width: number): { value: number }[] {
  const most = Math.max(2, Math.floor(width / 80));
  const stepS = timeSteps.find((step) => (toMs - fromMs) / 1000 / step <= most) ?? 86_400;
  const step = stepS * 1000;
  const ticks: { value: number }[] = [];
  for (let value = Math.ceil(fromMs / step) * step; value <= toMs; value += step) ticks.push({ value });
  return ticks;
}
