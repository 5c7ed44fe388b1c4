/** Which power limit to take: the curve that was measured, three wishes, and the sweep that measures it. */

import type { LimitPoint, PlannedPower } from '../../../contracts/powerPlan.ts';
import { formatPerStep, formatPower } from '../../../contracts/units.ts';
import { limitVerdict, measuredTime, sweepText } from '../../limitFigures.ts';
import type { PanelState } from '../../state.ts';
import { signedShare } from '../../verdict.ts';
import type { LimitWish } from '../../view.ts';
import { button, el, setAttribute, setHidden, setText } from '../dom.ts';
import type { Doors, Part } from '../part.ts';
import { limitPicture } from './limitPicture.ts';
import { caveatList, commandLine, pointsTable, verdictHeadline } from './planParts.ts';

export function createPowerPage(doors: Doors): Part {
  const wishes = createWishes(doors);
  const waiting = el('p', 'plan-waiting');
  const sweepLine = el('p', 'plan-sweep');
  sweepLine.setAttribute('role', 'status');
  const bar = el('progress', 'plan-progress');
  setAttribute(bar, 'aria-label', 'Limits measured');
  const ask = (type: 'sweep' | 'stopSweep'): void => {
    const { run } = doors.state();
    if (run !== null) doors.send({ type, runId: run.runId });
  };
  const start = button('Try Power Limits on This Run…', 'primary', () => ask('sweep'));
  const stop = button('Stop and Put the Limit Back', 'primary', () => ask('stopSweep'));
  const actions = el('div', 'actions', start, stop, bar);
  const result = el('div', 'plan-result');
  const controls = el('div', 'plan-controls', wishes.element, actions);
  const element = el('div', 'plan-page', waiting, sweepLine, controls, result);
  let asked = '';
  let drawn = '';

  return {
    element,
    update(state) {
      const { run, view, sweep } = state;
      if (run === null || view.tab !== 'plan' || view.planPage !== 'power') {
        asked = '';
        return;
      }
      const own = sweep?.runId === run.runId ? sweep : null;
      const running = own?.state === 'running';
      // Asked anew when the tab is opened, when the run ends and when a sweep has measured one more limit.
      const wish = `${run.runId} ${run.state} ${own?.state ?? ''} ${own?.points.length ?? 0}`;
      if (wish !== asked) {
        asked = wish;
        doors.send({ type: 'plan', runId: run.runId });
      }
      const plan = state.plan?.runId === run.runId ? state.plan : null;
      const failed = state.planFailure?.runId === run.runId ? state.planFailure.message : null;
      const empty = plan === null || plan.points.length === 0;
      setHidden(waiting, !empty || (running && failed === null));
      setText(waiting, waitingText(plan, failed, run.state === 'live'));
      setHidden(sweepLine, own === null);
      if (own !== null) setText(sweepLine, sweepText(own));
      setHidden(start, run.state !== 'live' || running);
      setHidden(stop, !running);
      setHidden(bar, !running);
      setHidden(actions, run.state !== 'live' && !running);
      if (own !== null) {
        bar.max = own.limitsW.length * own.stepsWanted;
        bar.value = Math.min(bar.max, own.done * own.stepsWanted + Math.min(own.steps, own.stepsWanted));
      }
      setHidden(wishes.element, empty);
      setHidden(result, empty);
      wishes.update(state);
      if (plan === null || empty) return;
      const key = `${JSON.stringify(view.wish)} ${JSON.stringify(plan)} ${state.limits.length}`;
      if (drawn === key) return;
      drawn = key;
      result.replaceChildren(...resultParts(plan, view.wish, state.limits, doors));
    },
  };
}

function waitingText(plan: PlannedPower | null, failure: string | null, live: boolean): string {
  if (failure !== null) return `The plan was not made: ${failure}`;
  if (plan === null) return 'Reading what was recorded…';
  return live
    ? 'No step under a known power limit yet. Most GPUs do a step with less energy below their highest limit; how much, only this program can tell.'
    : 'This run has no measured steps under a known power limit. Start it again and try limits while it trains.';
}

/** Choice of the wish, with one slider for those that have a number. */
function createWishes(doors: Doors): Part {
  const choices: readonly (readonly [label: string, wish: LimitWish])[] = [
    ['Least energy', { kind: 'leastEnergy' }],
    ['Not much slower', { kind: 'slowdown', percent: 5 }],
    ['Energy against time', { kind: 'weighed', hundredths: 50 }],
  ];
  const radios = choices.map(([label, wish]) => {
    const input = el('input');
    input.type = 'radio';
    input.name = 'wish';
    input.addEventListener('change', () => doors.dispatch({ type: 'page/wish', wish }));
    return { kind: wish.kind, input, label: el('label', 'wish', input, label) };
  });
  const slider = el('input', 'wish-slider');
  slider.type = 'range';
  slider.min = '0';
  const word = el('output', 'wish-value');
  slider.addEventListener('input', () => {
    const { wish } = doors.state().view;
    const value = Number(slider.value);
    if (wish.kind === 'slowdown') doors.dispatch({ type: 'page/wish', wish: { ...wish, percent: value } });
    if (wish.kind === 'weighed') doors.dispatch({ type: 'page/wish', wish: { ...wish, hundredths: value } });
  });
  const element = el('fieldset', 'wishes', el('legend', 'visually-hidden', 'Which limit to pick'));
  element.append(...radios.map(({ label }) => label), slider, word);

  return {
    element,
    update({ view: { wish } }) {
      for (const { kind, input } of radios)
        if (input.checked !== (kind === wish.kind)) input.checked = kind === wish.kind;
      setHidden(slider, wish.kind === 'leastEnergy');
      setHidden(word, wish.kind === 'leastEnergy');
      if (wish.kind === 'leastEnergy') return;
      const slow = wish.kind === 'slowdown';
      const value = slow ? wish.percent : wish.hundredths;
      slider.max = slow ? '50' : '100';
      if (slider.value !== String(value)) slider.value = String(value);
      const text = slow ? `at most ${value} % slower` : `${value} % energy, ${100 - value} % time`;
      setText(word, text);
      setAttribute(slider, 'aria-label', slow ? 'Slower by at most' : 'Weight of energy');
      setAttribute(slider, 'aria-valuetext', text);
    },
  };
}

function resultParts(
  plan: PlannedPower,
  wish: LimitWish,
  limits: PanelState['limits'],
  doors: Doors,
): readonly HTMLElement[] {
  const { picked, headline, detail } = limitVerdict(plan, wish);
  const notes = [...uselessNote(plan), ...plan.caveats];
  const verdict = el(
    'div',
    'verdict',
    verdictHeadline(headline, plan.simulated),
    el('p', 'verdict-detail', detail),
    ...(picked === null ? [] : commandLines(picked, limits, doors)),
    caveatList(notes),
    limitsTable(plan, picked),
  );
  return [el('div', 'plan-curve', limitPicture(plan, picked)), verdict];
}

function uselessNote({ points }: PlannedPower): readonly string[] {
  const never = points.filter(({ reached }) => reached === false).map(({ limitW }) => `${limitW} W`);
  return never.length === 0 ? [] : [`The run never reaches ${never.join(', ')}: such a limit is useless.`];
}

/** What to type, one line a GPU. */
function commandLines(
  picked: LimitPoint,
  limits: PanelState['limits'],
  doors: Doors,
): readonly HTMLElement[] {
  const commands = limits.flatMap(({ command }) =>
    command === null ? [] : [command.replaceAll('<W>', String(picked.limitW))],
  );
  if (commands.length === 0) return [];
  return [commandLine(commands.join('\n'), doors)];
}

function limitsTable({ points, simulated }: PlannedPower, picked: LimitPoint | null): HTMLElement {
  const against = points.at(-1);
  const change = (value: number, whole: number | undefined): string =>
    whole === undefined || value === whole ? '' : signedShare(value / whole - 1);
  return pointsTable({
    caption: `Steps by power limit${simulated ? ', simulated' : ''}`,
    heads: ['Limit', 'Time per step', '', 'Energy per step', '', 'Power', 'Steps'],
    rows: points.map((point) => [
      `${point.limitW} W`,
      measuredTime(point),
      change(point.perStepMs, against?.perStepMs),
      // The head of the column says what it is of.
      formatPerStep(point.perStepJ, point.spreadJ).replace('/step', ''),
      change(point.perStepJ, against?.perStepJ),
      formatPower(point.meanPowerW),
      point.steps.toLocaleString('en'),
    ]),
    current: points.findIndex(({ limitW }) => limitW === picked?.limitW),
  });
}
