/** Epochs, kinds of work and slowed stretches, above the curves and between them. Each has words beside its place. */

import type { Chart } from 'chart.js';
import type { ChartData } from '../chartData.ts';
import { type CurveMarks, epochText, type MarkedStretch } from '../curveMarks.ts';
import { haloText } from './haloText.ts';
import { faint, type Theme } from './theme.ts';

/** Closer lines would hide the curve: of more epochs only some are drawn. */
const closestEpochsPx = 12;
const stripPx = 3;
/** On a lower chart names would lie on the curve. */
const lowestNamedPx = 40;
/** The first chart's name stands at the left of the row in which kinds of work are named. */
const nameWidthPx = 60;
const roomPx = 8;

interface Span {
  readonly label: string;
  readonly left: number;
  readonly right: number;
}

/** Under the curves. */
export function drawEpochs(chart: Chart, { epochs }: CurveMarks, theme: Theme): void {
  const { ctx, chartArea } = chart;
  const time = chart.scales['x'];
  if (time === undefined || epochs.length === 0) return;
  ctx.strokeStyle = theme.muted;
  ctx.lineWidth = 1;
  ctx.setLineDash([1, 3]);
  ctx.beginPath();
  let before = Number.NEGATIVE_INFINITY;
  for (const { timeMs } of epochs) {
    const x = Math.round(time.getPixelForValue(timeMs)) + 0.5;
    if (x < chartArea.left || x > chartArea.right || x - before < closestEpochsPx) continue;
    before = x;
    ctx.moveTo(x, chartArea.top);
    ctx.lineTo(x, chartArea.bottom);
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Over the curves: names, and the strips at the upper edge. */
export function drawCourse(chart: Chart, { charts, marks }: ChartData, theme: Theme): void {
  const { ctx, chartArea } = chart;
  ctx.save();
  ctx.font = `10px ${theme.fontFamily}`;
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  drawPhases(chart, spansOf(chart, marks.phases), theme);
  const slowed = spansOf(chart, marks.slowed);
  for (const { left, right } of slowed) hatch(ctx, theme, left, right, chartArea.top);
  const high = (chart.scales[charts[0]?.id ?? '']?.height ?? 0) >= lowestNamedPx;
  // A slowed stretch is told by its hatching and by the cursor too: between epochs its name gives way to theirs.
  const epochs = epochSpans(chart, marks);
  const named = high ? (epochs.length === 0 ? slowed : epochs) : [];
  ctx.fillStyle = theme.muted;
  const under = chartArea.top + (slowed.length === 0 ? 2 : stripPx + 3);
  let free = Number.NEGATIVE_INFINITY;
  for (const { label, left, right } of named) {
    const width = ctx.measureText(label).width + roomPx;
    if (left < free || left + width > right) continue;
    haloText(ctx, theme, label, left + 3, under);
    free = left + width;
  }
  ctx.restore();
}

/** A line in the row of the first chart's name; every other one is fainter, so that neighbours are apart. */
function drawPhases(chart: Chart, spans: readonly Span[], theme: Theme): void {
  const { ctx, chartArea } = chart;
  for (const [at, { label, left, right }] of spans.entries()) {
    ctx.fillStyle = at % 2 === 0 ? theme.foreground : faint(theme.foreground, 0.45);
    ctx.fillRect(left, chartArea.top - stripPx, Math.max(1, right - left - 1), stripPx - 1);
    ctx.fillStyle = theme.muted;
    const from = Math.max(left, chartArea.left + nameWidthPx);
    if (ctx.measureText(label).width + 2 < right - from) ctx.fillText(label, from + 1, chartArea.top - 14);
  }
}

/** Slanted, so that it is told from the curves without its colour. */
function hatch(ctx: CanvasRenderingContext2D, theme: Theme, left: number, right: number, top: number): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, Math.max(2, right - left), stripPx + 1);
  ctx.clip();
  ctx.strokeStyle = theme.warning;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (let x = left - stripPx; x < right + stripPx; x += 4) {
    ctx.moveTo(x, top + stripPx + 1);
    ctx.lineTo(x + stripPx + 1, top);
  }
  ctx.stroke();
  ctx.restore();
}

/** In pixels, as far as they are shown. */
function spansOf(chart: Chart, stretches: readonly MarkedStretch[]): readonly Span[] {
  const time = chart.scales['x'];
  if (time === undefined) return [];
  const { left: first, right: last } = chart.chartArea;
  return stretches
    .map(({ label, fromMs, toMs }) => ({
      label,
      left: Math.max(first, time.getPixelForValue(fromMs)),
      right: Math.min(last, time.getPixelForValue(toMs)),
    }))
    .filter(({ left, right }) => right > left);
}

/** From one boundary to the next: where that is too near, the name is left out. */
const epochSpans = (chart: Chart, { epochs }: CurveMarks): readonly Span[] =>
  spansOf(
    chart,
    epochs.map((mark, at) => ({
      label: epochText(mark),
      fromMs: mark.timeMs,
      toMs: epochs[at + 1]?.timeMs ?? Number.MAX_SAFE_INTEGER,
    })),
  );
