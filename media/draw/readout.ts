/** The row above the chart: legend and readout in one, so that nothing floats over the curves. */

import { seriesPoints } from '../buckets.ts';
import { type ChartData, mostLines, valueAt } from '../chartData.ts';
import { charts } from '../charts/all.ts';
import type { ChartSpec } from '../charts/chartSpec.ts';
import { anyMarks, marksText } from '../curveMarks.ts';
import type { PanelState } from '../state.ts';
import { lastMs, latest } from '../timeline.ts';
import type { TimeWindow } from '../view.ts';
import { clockText } from '../words.ts';
import { createChartMenu } from './chartMenu.ts';
import { button, el, setAttribute, setHidden, setText, svg } from './dom.ts';
import type { Doors } from './part.ts';
import { roving } from './roving.ts';
import { dashOf } from './theme.ts';

/** With more GPUs than this a chip shows its power only. */
const mostWholeChips = 4;

interface Chip {
  readonly element: HTMLButtonElement;
  readonly values: HTMLElement;
}

export interface Readout {
  readonly element: HTMLElement;
  update(state: PanelState, data: ChartData): void;
}

export function createReadout(doors: Doors): Readout {
  const time = el('span', 'readout-time');
  const overall = el('span', 'readout-overall');
  const chipRow = el('div', 'chips');
  chipRow.setAttribute('role', 'toolbar');
  chipRow.setAttribute('aria-label', 'GPUs');
  const rove = roving(chipRow);
  const windows = createWindowButtons(doors);
  const menu = createChartMenu(doors);
  const element = el('div', 'readout', time, chipRow, overall, menu.element, windows.element);
  let chips = new Map<string, Chip>();
  let listed: PanelState['run'] = null;

  return {
    element,
    update(state, data) {
      const { run, cursorMs } = state;
      if (run === null) return;
      const uuids = run.devices.map(({ uuid }) => uuid).join();
      if (listed === null || uuids !== listed.devices.map(({ uuid }) => uuid).join()) {
        chips = new Map(
          run.devices.map((device, at) => [device.uuid, createChip(device.uuid, device.index, at, doors)]),
        );
        chipRow.replaceChildren(...[...chips.values()].map((chip) => chip.element));
      }
      listed = run;
      setText(
        time,
        cursorMs === null ? (run.state === 'live' ? 'now' : 'end') : clockText(cursorMs, data.bucketMs),
      );
      const crowded = run.devices.length > mostLines;
      const many = run.devices.length > mostWholeChips;
      setAttribute(chipRow, 'data-crowded', crowded ? 'true' : null);
      setAttribute(chipRow, 'data-many', many ? 'true' : null);
      chipRow.style.setProperty('--values', String(ofGpu(data).length));
      for (const device of run.devices) {
        const chip = chips.get(device.uuid);
        if (chip === undefined) continue;
        const chosen = state.view.deviceUuid === device.uuid;
        setAttribute(chip.element, 'aria-pressed', String(chosen));
        setAttribute(chip.element, 'title', device.name);
        setText(chip.values, crowded ? '' : deviceText(state, device.uuid, data, many && !chosen));
      }
      const together = [...(crowded ? [crowdText(state, data)] : []), ...beside(state, data)];
      // The row stays while the cursor moves to where nothing is marked.
      setHidden(overall, together.length === 0 && !anyMarks(data.marks));
      setText(overall, together.join('    '));
      rove.refresh();
      menu.update(state);
      windows.update(state);
    },
  };
}

function createChip(uuid: string, index: number, position: number, doors: Doors): Chip {
  const line = svg('line', { x1: 0, x2: 18, y1: 4, y2: 4, class: `gpu-line gpu-${position % 5}` });
  line.setAttribute('stroke-dasharray', dashOf(position).join(' '));
  const swatch = svg('svg', { width: 18, height: 8, 'aria-hidden': 'true', class: 'swatch' }, line);
  const values = el('span', 'chip-values');
  const element = button('', 'chip', () => {
    const chosen = element.getAttribute('aria-pressed') === 'true';
    doors.dispatch({ type: 'page/device', deviceUuid: chosen ? null : uuid });
  });
  element.append(swatch, el('span', 'chip-name', `#${index}`), values);
  return { element, values };
}

/** Beside the values of the curves the memory: it is worth a figure where it has no curve. */
function ofGpu({ charts: shown }: ChartData): readonly ChartSpec[] {
  if (!shown.some(({ owner }) => owner === 'gpu')) return [];
  return charts.filter((chart) => chart.id === 'memory' || (chart.owner === 'gpu' && shown.includes(chart)));
}

/** At the cursor, or the last value. */
function readingOf(
  state: PanelState,
  owner: string,
  { metric }: ChartSpec,
  data: ChartData,
): number | undefined {
  const { cursorMs, curves } = state;
  return cursorMs === null
    ? latest(curves.whole, `${owner}/${metric}`)?.value
    : valueAt(seriesPoints(state, owner, metric, data), cursorMs, data.bucketMs);
}

/** `612 W · 87 % · 40.1 GiB`; short: the first of them. */
export function deviceText(state: PanelState, uuid: string, data: ChartData, short = false): string {
  return ofGpu(data)
    .slice(0, short ? 1 : undefined)
    .map((chart) => named(chart, chart.format(readingOf(state, uuid, chart, data))))
    .join(' · ');
}

/** Of two clocks and of powers beside the GPU's the unit does not tell which it is. */
const named = ({ id, label }: ChartSpec, text: string): string =>
  id === 'memoryClock' ? `${label} ${text}` : text;

/** What is of no GPU: `CPU power 85 W`, `epoch 3 · backward`. */
function beside(state: PanelState, data: ChartData): readonly string[] {
  const ofHost = data.charts
    .filter(({ owner }) => owner === 'host')
    .map((chart) => `${chart.label} ${chart.format(readingOf(state, 'host', chart, data))}`);
  const marks = marksText(data.marks, state.cursorMs ?? lastMs(state.curves.whole));
  return marks === '' ? ofHost : [...ofHost, marks];
}

/** All of many GPUs, then the chosen one. */
function crowdText(state: PanelState, data: ChartData): string {
  const chosen = state.run?.devices.find(({ uuid }) => uuid === state.view.deviceUuid);
  const all = overallText(state, data);
  return chosen === undefined ? all : `${all}    #${chosen.index} ${deviceText(state, chosen.uuid, data)}`;
}

/** All GPUs together: `mean 540 W (402 W – 610 W) · 87 %`. */
export function overallText(state: PanelState, data: ChartData): string {
  const texts = ofGpu(data).map((chart) => {
    const values = (state.run?.devices ?? [])
      .map(({ uuid }) => readingOf(state, uuid, chart, data))
      .filter((value) => value !== undefined);
    if (values.length === 0) return named(chart, chart.format(undefined));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const range = `${chart.format(Math.min(...values))} – ${chart.format(Math.max(...values))}`;
    return `${named(chart, chart.format(mean))} (${range})`;
  });
  return texts.length === 0 ? '' : `mean ${texts.join(' · ')}`;
}

/** What a screen reader says of the cursor's place. */
export function spokenText(state: PanelState, data: ChartData): string {
  const { run, cursorMs } = state;
  if (run === null || cursorMs === null) return '';
  const crowded = run.devices.length > mostLines && state.view.deviceUuid === null;
  const spoken = run.devices.filter(
    ({ uuid }) => state.view.deviceUuid === null || uuid === state.view.deviceUuid,
  );
  const ofGpus = crowded
    ? [overallText(state, data)]
    : spoken.map(({ uuid, index }) => `GPU ${index} ${deviceText(state, uuid, data)}`);
  const parts = [...(ofGpu(data).length === 0 ? [] : ofGpus), ...beside(state, data)];
  return `${clockText(cursorMs, data.bucketMs)}: ${parts.join('; ')}`;
}

const windowChoices: readonly (readonly [label: string, title: string, window: TimeWindow])[] = [
  ['All', 'Whole run', { kind: 'all' }],
  ['10 min', 'Last 10 minutes', { kind: 'last', ms: 600_000 }],
  ['1 min', 'Last minute', { kind: 'last', ms: 60_000 }],
];

function createWindowButtons(doors: Doors): { element: HTMLElement; update(state: PanelState): void } {
  const element = el('div', 'windows');
  element.setAttribute('role', 'toolbar');
  element.setAttribute('aria-label', 'Time shown');
  const buttons = windowChoices.map(([label, title, window]) => {
    const control = button(label, 'window', () => doors.dispatch({ type: 'page/window', window }));
    control.title = title;
    return control;
  });
  element.append(...buttons);
  const rove = roving(element);
  return {
    element,
    update({ view }) {
      for (const [at, control] of buttons.entries()) {
        const window = windowChoices[at]?.[2];
        setAttribute(control, 'aria-pressed', String(JSON.stringify(window) === JSON.stringify(view.window)));
      }
      rove.refresh();
    },
  };
}
