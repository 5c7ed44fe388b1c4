/** Two runs side by side: energy per step with its spread, the change with its interval, the verdict in words. */

import { pinnedBaseline } from '../../contracts/pinnedBaseline.ts';
import type { ComparedSide, Comparison, RunSummary } from '../../contracts/runs.ts';
import {
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatShare,
  formatWattHours,
} from '../../contracts/units.ts';
import type { PanelState } from '../state.ts';
import { verdictText } from '../verdict.ts';
import { pickerText, shorten } from '../words.ts';
import { changePicture, stepPicture } from './comparePictures.ts';
import { curvesPicture } from './curvesPicture.ts';
import { el, setAttribute, setHidden, setText } from './dom.ts';
import type { Doors, Part } from './part.ts';

export function createComparePane(doors: Doors): Part {
  const baseline = el('select', 'baseline-picker');
  baseline.id = 'baseline';
  const label = el('label', '', 'Compare with');
  label.htmlFor = baseline.id;
  baseline.addEventListener('change', () => doors.dispatch({ type: 'page/baseline', runId: baseline.value }));
  const chooser = el('div', 'compare-chooser', label, baseline);
  const waiting = el('p', 'compare-waiting');
  const again = el('button', 'primary', 'Try Again');
  const remedy = el('div', 'actions', again);
  const result = el('div', 'compare-result');
  const element = el('div', 'compare', chooser, waiting, remedy, result);
  let listed: PanelState['runs'] | undefined;
  let listedFor = '';
  let drawn: Comparison | null = null;
  let asked = '';
  let ask = (): void => undefined;
  again.addEventListener('click', () => ask());

  return {
    element,
    update(state) {
      const { run, runs, view, comparison, comparisonFailure } = state;
      if (run === null || view.tab !== 'compare') return;
      const others = runs.filter(({ runId }) => runId !== run.runId);
      if (listed !== runs || listedFor !== run.runId) {
        baseline.replaceChildren(...others.map((other) => new Option(pickerText(other), other.runId)));
        listed = runs;
        listedFor = run.runId;
      }
      const chosen = baselineFor(run, others, view.baselineRunId);
      setHidden(chooser, chosen === undefined);
      if (chosen !== undefined && baseline.value !== chosen.runId) baseline.value = chosen.runId;
      const wish = chosen === undefined ? '' : `${chosen.runId} ${run.runId} ${run.state}`;
      const matches =
        comparison !== null &&
        comparison.run.runId === run.runId &&
        comparison.baseline.runId === chosen?.runId;
      if (chosen !== undefined) {
        ask = () => {
          doors.dispatch({ type: 'page/asked', baselineRunId: chosen.runId });
          doors.send({ type: 'compare', baselineRunId: chosen.runId, runId: run.runId });
        };
        if (wish !== asked && !(matches && asked === '')) ask();
      }
      asked = wish;
      const failed =
        comparisonFailure?.runId === run.runId && comparisonFailure.baselineRunId === chosen?.runId;
      setHidden(waiting, matches);
      setHidden(remedy, matches || !failed);
      setText(waiting, waitingText(chosen, failed ? comparisonFailure.message : null));
      setHidden(result, !matches);
      if (matches && drawn !== comparison) {
        drawn = comparison;
        result.replaceChildren(...resultParts(comparison));
        setAttribute(result, 'data-verdict', comparison.verdict);
      }
    },
  };
}

function waitingText(baseline: RunSummary | undefined, failure: string | null): string {
  if (baseline === undefined) return 'There is no other run yet. Run the script again to compare.';
  return failure === null ? 'Comparing…' : `The runs were not compared: ${failure}`;
}

/** The user's choice; else the pinned run; else the run of the same script before this one; else the one before. */
export function baselineFor(
  run: RunSummary,
  others: readonly RunSummary[],
  wanted: string | null,
): RunSummary | undefined {
  const older = others.filter(({ startedAtMs }) => startedAtMs <= run.startedAtMs);
  return (
    others.find(({ runId }) => runId === wanted) ??
    pinnedBaseline(run, others) ??
    older.find(({ script, name }) => (run.script === null ? name === run.name : script === run.script)) ??
    older[0] ??
    others[0]
  );
}

function resultParts(comparison: Comparison): readonly HTMLElement[] {
  const { baseline, run, caveats } = comparison;
  const { headline, detail } = verdictText(comparison);
  const simulated = baseline.simulated || run.simulated;
  const curves = curvesPicture(comparison);
  const tag = el('span', 'tag', 'simulated');
  tag.dataset['simulated'] = 'true';
  const verdict = el(
    'div',
    'verdict',
    el('h2', 'verdict-headline', headline, ...(simulated ? [tag] : [])),
    el('p', 'verdict-detail', detail),
    ...(comparison.verdict === 'notComparable' || comparison.change === null
      ? []
      : [changePicture(comparison)]),
    ...(caveats.length === 0 ? [] : [caveatList(caveats)]),
    ...(curves === null ? [] : [curves]),
  );
  return [verdict, el('div', 'compare-sides', stepPicture(comparison), sidesTable(comparison))];
}

function caveatList(caveats: readonly string[]): HTMLElement {
  const list = el('ul', 'caveats', ...caveats.map((caveat) => el('li', '', caveat)));
  list.setAttribute('aria-label', 'What to keep in mind');
  return list;
}

const sideRows: readonly (readonly [label: string, text: (side: ComparedSide) => string])[] = [
  ['Energy per step', (side) => formatPerStep(side.perStepJ, side.spreadJ, side.unit)],
  ['Energy', (side) => `${formatEnergy(side.energyJ)} · ${formatWattHours(side.energyJ)}`],
  ['Duration', (side) => formatDuration(side.durationMs)],
  ['Idle', (side) => formatShare(side.idleShare)],
  ['Steps compared', (side) => side.steps.toLocaleString('en')],
];

function sidesTable({ baseline, run }: Comparison): HTMLElement {
  const head = (text: string, scope: 'col' | 'row', title = text): HTMLTableCellElement => {
    const cell = el('th', '', text);
    cell.scope = scope;
    cell.title = title;
    return cell;
  };
  const side = ({ number, name, simulated }: ComparedSide): HTMLTableCellElement =>
    head(`run ${number} · ${shorten(name, 32)}${simulated ? ' · simulated' : ''}`, 'col', name);
  return el(
    'table',
    'sides',
    el('thead', '', el('tr', '', el('td'), side(baseline), side(run))),
    el(
      'tbody',
      '',
      ...sideRows.map(([label, text]) =>
        el('tr', '', head(label, 'row'), el('td', '', text(baseline)), el('td', '', text(run))),
      ),
    ),
  );
}
