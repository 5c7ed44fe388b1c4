/** The row above the chart: legend and readout in one, so that nothing floats over the curves. */

import { formatBytes } from '../../contracts/units.ts';
import { type ChartData, mostLines, seriesPoints, valueAt } from '../chartData.ts';
import { charts } from '../charts/all.ts';
import type { PanelState } from '../state.ts';
import { latest } from '../timeline.ts';
import type { TimeWindow } from '../view.ts';
import { clockText } from '../words.ts';
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
  const element = el('div', 'readout', time, chipRow, overall, windows.element);
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
      for (const device of run.devices) {
        const chip = chips.get(device.uuid);
        if (chip === undefined) continue;
        const chosen = state.view.deviceUuid === device.uuid;
        setAttribute(chip.element, 'aria-pressed', String(chosen));
        setAttribute(chip.element, 'title', device.name);
        setText(chip.values, crowded ? '' : deviceText(state, device.uuid, data, many && !chosen));
      }
      setHidden(overall, !crowded);
      if (crowded) setText(overall, crowdText(state, data));
      rove.refresh();
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

/** `612 W · 87 % · 40.1 GiB` at the cursor, or the last values. */
export function deviceText(state: PanelState, uuid: string, data: ChartData, short = false): string {
  const { cursorMs, curves } = state;
  const value = (metric: string): number | undefined =>
    cursorMs === null
      ? latest(curves.whole, `${uuid}/${metric}`)?.value
      : valueAt(seriesPoints(state, uuid, metric, data), cursorMs, data.bucketMs);
  if (short) return charts[0]?.format(value(charts[0].metric)) ?? '';
  const memory = value('memoryUsedBytes');
  const texts = charts.map((chart) => chart.format(value(chart.metric)));
  return [...texts, ...(memory === undefined ? [] : [formatBytes(memory)])].join(' · ');
}

/** All of many GPUs, then the chosen one. */
function crowdText(state: PanelState, data: ChartData): string {
  const chosen = state.run?.devices.find(({ uuid }) => uuid === state.view.deviceUuid);
  const all = overallText(state, data);
  return chosen === undefined ? all : `${all}    #${chosen.index} ${deviceText(state, chosen.uuid, data)}`;
}

/** All GPUs together: `mean 540 W (402 W – 610 W) · 87 %`. */
export function overallText(state: PanelState, data: ChartData): string {
  const { run, cursorMs, curves } = state;
  const texts = charts.map((chart) => {
    const values = (run?.devices ?? [])
      .map(({ uuid }) =>
        cursorMs === null
          ? latest(curves.whole, `${uuid}/${chart.metric}`)?.value
          : valueAt(seriesPoints(state, uuid, chart.metric, data), cursorMs, data.bucketMs),
      )
      .filter((value) => value !== undefined);
    if (values.length === 0) return chart.format(undefined);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return `${chart.format(mean)} (${chart.format(Math.min(...values))} – ${chart.format(Math.max(...values))})`;
  });
  return `mean ${texts.join(' · ')}`;
}

/** What a screen reader says of the cursor's place. */
export function spokenText(state: PanelState, data: ChartData): string {
  const { run, cursorMs } = state;
  if (run === null || cursorMs === null) return '';
  const time = clockText(cursorMs, data.bucketMs);
  if (run.devices.length > mostLines && state.view.deviceUuid === null)
    return `${time}: ${overallText(state, data)}`;
  const spoken = run.devices.filter(
    ({ uuid }) => state.view.deviceUuid === null || uuid === state.view.deviceUuid,
  );
  return `${time}: ${spoken.map(({ uuid, index }) => `GPU ${index} ${deviceText(state, uuid, data)}`).join('; ')}`;
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
