/** First row: which run, its state, its GPUs, whether its numbers are simulated; the tabs. */

import type { RunSummary } from '../../contracts/runs.ts';
import { formatDuration } from '../../contracts/units.ts';
import { isSimulated } from '../chartData.ts';
import { pipelineAlone } from '../pipelineFigures.ts';
import type { PanelState } from '../state.ts';
import { type Tab, tabs } from '../view.ts';
import { devicesText, pickerText, shorten, stateText } from '../words.ts';
import { button, el, setAttribute, setHidden, setText } from './dom.ts';
import type { Doors, Part } from './part.ts';
import { roving } from './roving.ts';
import { createShareMenu } from './shareMenu.ts';

const tabLabels: Readonly<Record<Tab, string>> = {
  chart: 'Chart',
  lines: 'Lines',
  table: 'Table',
  compare: 'Compare',
  plan: 'Plan',
};

export function createHeader(doors: Doors): Part {
  const picker = el('select', 'run-picker');
  setAttribute(picker, 'aria-label', 'Run');
  picker.addEventListener('change', () => doors.send({ type: 'selectRun', runId: picker.value }));
  const stateWord = el('span', 'state-word');
  const clock = el('span', 'clock');
  const dot = el('span', 'dot');
  dot.setAttribute('aria-hidden', 'true');
  const runState = el('span', 'run-state', dot, stateWord, clock);
  const devices = el('span', 'devices');
  const badge = el('strong', 'simulated-badge', 'Simulated GPU');
  badge.title = 'Every number of this run comes from the simulated GPU, not from hardware.';
  const tabRow = el('div', 'tabs');
  tabRow.setAttribute('role', 'tablist');
  tabRow.setAttribute('aria-label', 'View of the run');
  for (const tab of tabs) {
    const tabButton = button(tabLabels[tab], 'tab', () => doors.dispatch({ type: 'page/tab', tab }));
    tabButton.id = `tab-${tab}`;
    tabButton.setAttribute('role', 'tab');
    tabButton.setAttribute('aria-controls', `pane-${tab}`);
    tabRow.append(tabButton);
  }
  const rove = roving(tabRow, (chosen) => chosen.click());
  const share = createShareMenu(doors);
  const element = el('header', 'header', picker, runState, badge, devices, tabRow, share.element);
  let listed: readonly RunSummary[] | undefined;

  return {
    element,
    update(state) {
      const { run, runs } = state;
      if (listed !== runs) {
        listed = runs;
        fillPicker(picker, runs);
      }
      // A run can be shown that the list does not name yet.
      if (run !== null && !runs.some(({ runId }) => runId === run.runId)) ensureOption(picker, run);
      if (run !== null && picker.value !== run.runId) picker.value = run.runId;
      if (run === null && picker.selectedIndex !== -1) picker.selectedIndex = -1;
      setHidden(picker, runs.length === 0 && run === null);
      setAttribute(picker, 'title', run === null ? null : `${shorten(run.command, 300)}\n${run.cwd}`);
      setHidden(runState, run === null);
      setHidden(devices, run === null || run.devices.length === 0);
      setHidden(badge, !isSimulated(run));
      // Without a run only a plan that needs none is there, and the way back from it.
      setHidden(tabRow, run === null && !pipelineAlone(state));
      for (const tab of tabRow.children) {
        setAttribute(tab, 'aria-selected', String(tab.id === `tab-${state.view.tab}`));
      }
      rove.refresh();
      share.update(state);
      if (run === null) return;
      setAttribute(runState, 'data-state', run.state);
      setAttribute(runState, 'data-failed', run.exitCode !== null && run.exitCode !== 0 ? 'true' : null);
      setText(stateWord, stateText(run));
      setText(clock, formatDuration(run.durationMs));
      setText(devices, devicesText(run.devices));
      setAttribute(devices, 'title', run.devices.map(({ name, index }) => `#${index} ${name}`).join('\n'));
    },
  };
}

function fillPicker(picker: HTMLSelectElement, runs: PanelState['runs']): void {
  picker.replaceChildren(...runs.map((run) => new Option(pickerText(run), run.runId)));
}

function ensureOption(picker: HTMLSelectElement, run: RunSummary): void {
  const known = [...picker.options].some((option) => option.value === run.runId);
  if (!known) picker.prepend(new Option(pickerText(run), run.runId));
}
