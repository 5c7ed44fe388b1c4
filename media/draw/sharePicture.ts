/** A run as one picture: its name, its figures with what each is worth, and the chart as the page shows it. */

import { localTime } from '../../contracts/dateText.ts';
import { provenanceTag } from '../../contracts/provenance.ts';
import type { RunDetail } from '../../contracts/runs.ts';
import { productVersion } from '../../contracts/version.ts';
import { type ChartData, chartData, isSimulated } from '../chartData.ts';
import { type Figure, figuresOf } from '../figures.ts';
import type { PanelState } from '../state.ts';
import { clockText, devicesText, shorten, stateText } from '../words.ts';
import { axisTops, marksOf, nothingText } from './chartParts.ts';
import { el } from './dom.ts';
import { createStackedChart } from './stackedChart.ts';
import { colourOf, dashOf, type Theme } from './theme.ts';

const width = 1200;
const margin = 20;
const inner = width - 2 * margin;
const chartTop = 176;
const footHeight = 34;
/** Room for a few charts, and for each of many enough to read it. */
const chartHeightOf = ({ charts }: ChartData): number => Math.max(430, charts.length * 140);
/** Of the picture to the lengths above: sharp on a slide. */
const pixelRatio = 2;

/** Shares of the width for the figures: that of a step has the longest partner. */
const columns: readonly (readonly [from: number, to: number])[] = [
  [0, 0.21],
  [0.21, 0.42],
  [0.42, 0.79],
  [0.79, 1],
];

type Pen = CanvasRenderingContext2D;

/** A PNG file in base64; null without a run. */
export function sharePicture(state: PanelState, theme: Theme): string | null {
  const { run } = state;
  const data = chartData(state, inner);
  const height = chartTop + chartHeightOf(data) + footHeight;
  const canvas = el('canvas');
  canvas.width = width * pixelRatio;
  canvas.height = height * pixelRatio;
  const pen = canvas.getContext('2d');
  if (run === null || pen === null) return null;
  pen.scale(pixelRatio, pixelRatio);
  pen.fillStyle = theme.background;
  pen.fillRect(0, 0, width, height);
  pen.textBaseline = 'alphabetic';
  drawHead(pen, run, theme);
  for (const [at, figure] of figuresOf(state).entries()) drawFigure(pen, figure, at, theme);
  drawLegend(pen, run, data, theme);
  drawChart(pen, run, state, data, theme);
  const foot = [
    shownText(data),
    readingsText(run),
    ...(data.charts.some(({ owner }) => owner === 'host')
      ? ['CPU and DRAM: the machine’s own counters']
      : []),
    'utilisation in % of the time some kernel ran',
    `Perjoule ${productVersion}`,
  ].join(' · ');
  write(pen, theme, foot, margin, height - 12, { size: 12, most: inner });
  return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}

interface Letters {
  readonly size: number;
  /** Widest that it may become; longer text is condensed. */
  readonly most: number;
  readonly strong?: boolean;
  readonly bold?: boolean;
}

/** Returns where the text ends. */
function write(pen: Pen, theme: Theme, text: string, x: number, y: number, letters: Letters): number {
  const { size, most, strong = false, bold = false } = letters;
  pen.font = `${bold ? '600 ' : ''}${size}px ${theme.fontFamily}`;
  pen.fillStyle = strong ? theme.foreground : theme.muted;
  pen.fillText(text, x, y, most);
  return x + Math.min(most, pen.measureText(text).width);
}

function drawHead(pen: Pen, run: RunDetail, theme: Theme): void {
  const name = `${shorten(run.name, 70)} · run ${run.number}`;
  const end = write(pen, theme, name, margin, 34, { size: 20, most: 800, strong: true, bold: true });
  if (isSimulated(run)) {
    const badge = 'Simulated GPU: no figure of a GPU here comes from hardware';
    const left = end + 16;
    const right = write(pen, theme, badge, left + 8, 33, {
      size: 14,
      most: width - margin - left - 16,
      strong: true,
      bold: true,
    });
    pen.strokeStyle = theme.warning;
    pen.lineWidth = 2;
    pen.strokeRect(left, 16, right + 8 - left, 25);
  }
  const started = localTime(run.startedAtMs);
  const facts = [stateText(run), clockText(run.durationMs, 1000), started, devicesText(run.devices)];
  write(pen, theme, facts.filter(Boolean).join(' · '), margin, 60, { size: 13, most: inner });
}

/** Each figure with its partner, and below them what they are worth: in a picture nothing stands in a tooltip. */
function drawFigure(pen: Pen, figure: Figure, at: number, theme: Theme): void {
  const [from, to] = columns[at] ?? [0, 1];
  const left = margin + from * inner;
  const most = (to - from) * inner - 16;
  write(pen, theme, figure.label, left, 88, { size: 12, most });
  const value = `${figure.value} ${figure.spread}`.trim();
  const end = write(pen, theme, value, left, 112, { size: 22, most, strong: true, bold: true });
  const room = left + most - end - 8;
  if (room > 20) write(pen, theme, figure.partner, end + 8, 112, { size: 13, most: room, strong: true });
  write(pen, theme, [figure.tagTitle, figure.note].filter(Boolean).join(' · '), left, 130, {
    size: 12,
    most,
  });
}

/** Colour and dash of each GPU that has a line of its own. */
function drawLegend(pen: Pen, run: RunDetail, data: ChartData, theme: Theme): void {
  let left = margin;
  const entry = (text: string, colour: string, dash: readonly number[]): void => {
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.setLineDash([...dash]);
    pen.beginPath();
    pen.moveTo(left, 152);
    pen.lineTo(left + 24, 152);
    pen.stroke();
    pen.setLineDash([]);
    left = write(pen, theme, text, left + 30, 156, { size: 12, most: 160 }) + 18;
  };
  if (data.bands.length > 0) entry(`mean and range of ${run.devices.length} GPUs`, theme.foreground, []);
  for (const [position, { uuid, index }] of run.devices.entries()) {
    const line = data.lines.find(({ deviceUuid }) => deviceUuid === uuid);
    if (line === undefined) continue;
    entry(`GPU #${index}`, colourOf(theme, position), line.role === 'chosen' ? [] : dashOf(position));
  }
}

function drawChart(pen: Pen, run: RunDetail, state: PanelState, data: ChartData, theme: Theme): void {
  const chartHeight = chartHeightOf(data);
  const canvas = el('canvas');
  // Chart.js makes its pixels of these by itself.
  canvas.width = inner;
  canvas.height = chartHeight;
  const chart = createStackedChart(canvas, theme, pixelRatio);
  const marks = marksOf(run, { ...state, litWaste: null }, data);
  chart.update(data, marks, axisTops(data, marks), theme, chartHeight);
  pen.drawImage(canvas, margin, chartTop, inner, chartHeight);
  chart.destroy();
  if (data.lines.every(({ points }) => points.length === 0))
    write(pen, theme, nothingText(run), width / 2 - 160, chartTop + chartHeight / 2, {
      size: 14,
      most: inner,
    });
}

/** `readings: nvidia-smi, instant, band 5 %`: the curve's source, which need not be that of the energy. */
function readingsText({ devices }: RunDetail): string {
  const read = devices.map(
    ({ provenance }) => `${provenance.source}, ${provenanceTag({ ...provenance, simulated: false })}`,
  );
  return `readings: ${[...new Set(read)].join('; ') || 'none'}`;
}

const shownText = ({ fromMs, toMs }: ChartData): string =>
  `shown: ${clockText(fromMs, 1000)} to ${clockText(toMs, 1000)} of the run`;
