/** Which batch size to try next: energy per sample of the recorded runs of this program. */

import type { BatchPlan, LeftOutRun } from '../../../contracts/powerPlan.ts';
import { batchCommand, batchRuns, bestPoint, pointRow, sizeChange } from '../../batchFigures.ts';
import type { PanelState } from '../../state.ts';
import { button, el, setHidden, setText } from '../dom.ts';
import type { Doors, Part } from '../part.ts';
import { batchPicture } from './batchPicture.ts';
import { caveatList, commandLine, pointsTable, verdictHeadline } from './planParts.ts';

export function createBatchPage(doors: Doors): Part {
  const waiting = el('p', 'plan-waiting');
  const result = el('div', 'plan-result');
  const unsized = el('div', 'plan-unsized');
  const element = el('div', 'plan-page', waiting, result, unsized);
  let asked = '';
  let drawn: unknown;

  return {
    element,
    update(state) {
      const { run, view, planning } = state;
      if (run === null || view.tab !== 'plan' || view.planPage !== 'batch') {
        asked = '';
        return;
      }
      const runs = batchRuns(run, state.runs).map(({ runId, state: life }) => ({
        runId,
        life,
        batchSize: view.batchSizes[runId] ?? null,
      }));
      // Asked anew when the page is opened, when a run of the program ends, and when a size is told.
      const wish = JSON.stringify([run.runId, runs]);
      if (wish !== asked) {
        asked = wish;
        const named = runs.map(({ runId, batchSize }) => ({ runId, batchSize }));
        doors.send({ type: 'batchPlan', runId: run.runId, runs: named });
      }
      const answer = planning.batch?.runId === run.runId ? planning.batch : null;
      const plan = answer?.plan ?? null;
      const empty = plan === null || plan.points.length === 0;
      setHidden(waiting, !empty);
      setText(waiting, waitingText(answer));
      setHidden(result, empty);
      setHidden(unsized, plan === null || plan.leftOut.length === 0);
      if (plan === null || drawn === plan) return;
      drawn = plan;
      if (!empty) result.replaceChildren(...resultParts(plan, doors));
      unsized.replaceChildren(...plan.leftOut.map((left) => leftOutRow(left, doors)));
    },
  };
}

function waitingText(answer: PanelState['planning']['batch']): string {
  if (answer === null) return 'Reading what was recorded…';
  if (answer.failure !== null) return `The plan was not made: ${answer.failure}`;
  return 'No run of this program has a known batch size and measured steps yet. Run it with two batch sizes, such as --batch-size 32 and --batch-size 64, and let each print its steps.';
}

function resultParts(plan: BatchPlan, doors: Doors): readonly HTMLElement[] {
  const best = bestPoint(plan);
  const next =
    plan.next === null
      ? 'No other size is worth a run by these.'
      : `Next worth a run: ${plan.next.batchSize}. ${plan.next.why}`;
  const verdict = el(
    'div',
    'verdict',
    verdictHeadline(
      best === null ? '' : `Batch size ${best.batchSize}`,
      plan.points.some(({ simulated }) => simulated),
    ),
    el('p', 'verdict-detail', best === null ? '' : sizeChange(best, plan)),
    el('p', 'plan-next', `${plan.best?.why ?? ''} ${next}`.trim()),
    caveatList(plan.caveats),
    pointsTable({
      caption: 'Energy per sample by batch size',
      heads: ['Batch', 'Run', 'Per sample', '', 'Per step', 'Sample time', 'Memory free'],
      rows: plan.points.map((point) => pointRow(point, plan)),
      current: best === null ? -1 : plan.points.indexOf(best),
    }),
    commandLine(batchCommand(plan), doors),
  );
  return [el('div', 'plan-curve', batchPicture(plan, best)), verdict];
}

/** A run that has no place on the curve, with a field where only its batch size is wanting. */
function leftOutRow(left: LeftOutRun, doors: Doors): HTMLElement {
  const why = el('span', 'plan-left-why', left.why);
  if (!left.needsSize) return el('p', 'plan-left', why);
  const field = el('input', 'plan-number');
  field.type = 'number';
  field.min = '1';
  field.step = '1';
  const tell = (): void => {
    const batchSize = Number(field.value);
    if (Number.isInteger(batchSize) && batchSize > 0)
      doors.dispatch({ type: 'page/batchSize', runId: left.runId, batchSize });
  };
  field.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') tell();
  });
  const label = el('label', '', `Samples per step of run ${left.number} `, field);
  return el('p', 'plan-left actions', why, label, button('Use', 'secondary', tell));
}
