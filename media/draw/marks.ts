/** What lies under and over the curves: bands, tint, gaps, lit waste, steps, the power limit, names of the charts. */

import type { Chart, Plugin, Scale } from 'chart.js';
import type { Gap, StepMark } from '../../contracts/runs.ts';
import type { ChartData } from '../chartData.ts';
import type { Point } from '../timeline.ts';
import { drawCourse, drawEpochs } from './courseMarks.ts';
import { haloText } from './haloText.ts';
import { colourOf, type Theme } from './theme.ts';

export interface Marks {
  readonly gaps: readonly Gap[];
  readonly stepMarks: readonly StepMark[];
  /** Stretches of the waste that is pointed at. */
  readonly lit: readonly (readonly [fromMs: number, toMs: number])[];
  /** Drawn as a line in the power chart; null when GPUs differ or it is far above the curve. */
  readonly powerLimitW: number | null;
}

/** Closer step marks than this are thinned: they shall hint at the rhythm, not hide the curve. */
const closestStepsPx = 9;

export function marksPlugin(): {
  plugin: Plugin<'line'>;
  set(data: ChartData, marks: Marks, theme: Theme): void;
} {
  let data: ChartData | undefined;
  let marks: Marks | undefined;
  let theme: Theme | undefined;
  return {
    set(newData, newMarks, newTheme) {
      data = newData;
      marks = newMarks;
      theme = newTheme;
    },
    plugin: {
      id: 'perjouleMarks',
      beforeDatasetsDraw(chart) {
        if (data === undefined || marks === undefined || theme === undefined) return;
        const { ctx, chartArea } = chart;
        ctx.save();
        ctx.beginPath();
        ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
        ctx.clip();
        drawLit(chart, marks, theme);
        drawGaps(chart, marks, theme);
        drawSteps(chart, marks, theme);
        drawEpochs(chart, data.marks, theme);
        drawAreas(chart, data, theme);
        ctx.restore();
      },
      afterDatasetsDraw(chart) {
        if (data === undefined || marks === undefined || theme === undefined) return;
        drawLimit(chart, marks, theme);
        drawNames(chart, data, theme);
        drawCourse(chart, data, theme);
      },
    },
  };
}

function drawLit(chart: Chart, marks: Marks, theme: Theme): void {
  const { ctx, chartArea } = chart;
  const time = chart.scales['x'];
  if (time === undefined || marks.lit.length === 0) return;
  ctx.fillStyle = theme.warning;
  for (const [fromMs, toMs] of marks.lit) {
    const left = time.getPixelForValue(fromMs);
    const width = Math.max(1.5, time.getPixelForValue(toMs) - left);
    ctx.globalAlpha = 0.28;
    ctx.fillRect(left, chartArea.top, width, chartArea.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(left, chartArea.bottom - 2, width, 2);
  }
}

/** Hatched, with a name where there is room: nothing was read here. */
function drawGaps(chart: Chart, marks: Marks, theme: Theme): void {
  const { ctx, chartArea } = chart;
  const time = chart.scales['x'];
  if (time === undefined) return;
  for (const gap of marks.gaps) {
    const left = Math.max(chartArea.left, time.getPixelForValue(gap.fromMs));
    const right = Math.min(chartArea.right, time.getPixelForValue(gap.toMs));
    if (right - left < 0.5) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, chartArea.top, Math.max(2, right - left), chartArea.height);
    ctx.clip();
    ctx.strokeStyle = theme.muted;
    ctx.globalAlpha = 0.45;
    ctx.lineWidth = 1;
    ctx.beginPath();
    for (let x = left - chartArea.height; x < right; x += 7) {
      ctx.moveTo(x, chartArea.bottom);
      ctx.lineTo(x + chartArea.height, chartArea.top);
    }
    ctx.stroke();
    ctx.globalAlpha = 1;
    nameGap(ctx, theme, left, right, chartArea.top);
    ctx.restore();
  }
}

function nameGap(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  left: number,
  right: number,
  top: number,
): void {
  ctx.font = `11px ${theme.fontFamily}`;
  ctx.fillStyle = theme.muted;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  const text = 'no readings';
  if (ctx.measureText(text).width + 12 < right - left) {
    haloText(ctx, theme, text, (left + right) / 2, top + 20);
  }
}

function drawSteps(chart: Chart, marks: Marks, theme: Theme): void {
  const { ctx, chartArea } = chart;
  const time = chart.scales['x'];
  if (time === undefined || marks.stepMarks.length === 0) return;
  ctx.strokeStyle = theme.muted;
  ctx.globalAlpha = 0.6;
  ctx.lineWidth = 1;
  ctx.beginPath();
  let before = Number.NEGATIVE_INFINITY;
  for (const { timeMs } of marks.stepMarks) {
    const x = Math.round(time.getPixelForValue(timeMs)) + 0.5;
    if (x - before < closestStepsPx) continue;
    before = x;
    ctx.moveTo(x, chartArea.bottom - 5);
    ctx.lineTo(x, chartArea.bottom);
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function drawAreas(chart: Chart, data: ChartData, theme: Theme): void {
  const { ctx } = chart;
  const time = chart.scales['x'];
  if (time === undefined) return;
  for (const band of data.bands) {
    const scale = chart.scales[band.chart.id];
    if (scale === undefined) continue;
    ctx.fillStyle = theme.palette[0] ?? theme.foreground;
    ctx.globalAlpha = 0.32;
    for (const [fromAt, toAt] of stretches(band.low)) {
      ctx.beginPath();
      trace(ctx, time, scale, band.high.slice(fromAt, toAt), true);
      trace(ctx, time, scale, band.low.slice(fromAt, toAt).toReversed(), false);
      ctx.fill();
    }
  }
  // Areas of several GPUs would cover one another.
  const fillable = data.lines.filter((line) => line.chart.filled && line.deviceUuid !== 'mean');
  const line = data.bands.length > 0 || fillable.length !== 1 ? undefined : fillable[0];
  const scale = line === undefined ? undefined : chart.scales[line.chart.id];
  if (line !== undefined && scale !== undefined) {
    ctx.fillStyle = colourOf(theme, line.position);
    ctx.globalAlpha = 0.16;
    for (const [fromAt, toAt] of stretches(line.points)) {
      const part = line.points.slice(fromAt, toAt);
      const first = part[0];
      const last = part.at(-1);
      if (first === undefined || last === undefined) continue;
      ctx.beginPath();
      ctx.moveTo(time.getPixelForValue(first.x), scale.bottom);
      trace(ctx, time, scale, part, false);
      ctx.lineTo(time.getPixelForValue(last.x), scale.bottom);
      ctx.fill();
    }
  }
  ctx.globalAlpha = 1;
}

function drawLimit(chart: Chart, marks: Marks, theme: Theme): void {
  const scale = chart.scales['power'];
  if (marks.powerLimitW === null || scale === undefined || marks.powerLimitW > scale.max) return;
  const { ctx, chartArea } = chart;
  const y = Math.round(scale.getPixelForValue(marks.powerLimitW)) + 0.5;
  ctx.strokeStyle = theme.muted;
  ctx.lineWidth = 1;
  ctx.setLineDash([3, 3]);
  ctx.beginPath();
  ctx.moveTo(chartArea.left, y);
  ctx.lineTo(chartArea.right, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = theme.muted;
  ctx.font = `10px ${theme.fontFamily}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  // Beside the chart's name where the frame is too near above the line: below it lies the curve.
  const at = y - scale.top < 13 ? scale.top - 3 : y - 1;
  haloText(ctx, theme, `limit ${Math.round(marks.powerLimitW)} W`, chartArea.right - 4, at);
}

/** The chart's name in its corner costs no room beside it. */
function drawNames(chart: Chart, data: ChartData, theme: Theme): void {
  const { ctx, chartArea } = chart;
  ctx.font = `11px ${theme.fontFamily}`;
  ctx.fillStyle = theme.muted;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  const known = new Set(data.lines.filter(({ points }) => points.length > 0).map((line) => line.chart));
  for (const spec of data.charts) {
    const scale = chart.scales[spec.id];
    // Where nothing at all was read, the page says so in the middle.
    const name = known.size === 0 || known.has(spec) ? spec.label : `${spec.label}: no readings`;
    if (scale !== undefined) ctx.fillText(name, chartArea.left, scale.top - 3);
  }
}

function trace(
  ctx: CanvasRenderingContext2D,
  time: Scale,
  scale: Scale,
  series: readonly Point[],
  start: boolean,
): void {
  for (const [at, { x, y }] of series.entries()) {
    const px = time.getPixelForValue(x);
    const py = scale.getPixelForValue(y);
    if (start && at === 0) ctx.moveTo(px, py);
    else ctx.lineTo(px, py);
  }
}

/** Index ranges between breaks. */
function stretches(series: readonly Point[]): readonly (readonly [from: number, to: number])[] {
  const result: [number, number][] = [];
  let from = 0;
  for (let at = 0; at <= series.length; at += 1) {
    const point = series[at];
    if (point !== undefined && !Number.isNaN(point.y)) continue;
    if (at > from) result.push([from, at]);
    from = at + 1;
  }
  return result;
}
