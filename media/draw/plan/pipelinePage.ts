/** Which frequency each operation of a pipeline may run at: the frontier, a slider along it, the schedule before and after. */

import type { ChosenPlan, PipelineState, ShownFrontier } from '../../../contracts/pipelinePlan.ts';
import {
  choiceOf,
  iterationText,
  pipelineCommand,
  savedText,
  stageFigures,
  stageRows,
  stragglerText,
} from '../../pipelineFigures.ts';
import { button, el, setAttribute, setHidden, setText } from '../dom.ts';
import type { Doors, Part } from '../part.ts';
import { frontierPicture } from './frontierPicture.ts';
import { createPipelineForm } from './pipelineForm.ts';
import { caveatList, commandLine, pointsTable } from './planParts.ts';
import { powerRange, scheduleLegend, schedulePicture } from './schedulePicture.ts';

export function createPipelinePage(doors: Doors): Part {
  const form = createPipelineForm(doors);
  const waiting = el('p', 'plan-waiting');
  const headline = el('h2', 'verdict-headline');
  const detail = el('p', 'verdict-detail');
  const beside = el('p', 'plan-next');
  const slider = el('input', 'frontier-slider');
  slider.type = 'range';
  slider.min = '0';
  setAttribute(slider, 'aria-label', 'Plan on the frontier, fastest to least energy');
  slider.addEventListener('input', () => choose(Number(slider.value)));
  const write = button('Write Frequency Plan…', 'primary', () =>
    doors.send({ type: 'pipeline', ask: { kind: 'write', choice: chosenNow() } }),
  );
  const curve = el('div', 'frontier-curve');
  const command = el('div', 'plan-same');
  const side = el(
    'div',
    'frontier',
    headline,
    detail,
    beside,
    curve,
    slider,
    el('div', 'actions', write),
    command,
  );
  const schedules = el('div', 'schedules');
  const result = el('div', 'pipeline-result', side, schedules);
  // Until the editor has answered there is nothing to show, and no heading without words.
  setHidden(result, true);
  const element = el('div', 'plan-page', form.element, waiting, result);
  let askedState = false;
  let askedFor: unknown;
  let drawn: unknown;

  function choose(at: number | null): void {
    const { pipelineForm } = doors.state().view;
    doors.send({ type: 'pipeline', ask: { kind: 'choose', choice: choiceOf(pipelineForm, at) } });
  }

  const chosenNow = (): ReturnType<typeof choiceOf> => {
    const { view, planning } = doors.state();
    return choiceOf(view.pipelineForm, planning.chosen?.at ?? null);
  };

  return {
    element,
    update(state) {
      const { view, planning } = state;
      if (view.tab !== 'plan' || view.planPage !== 'pipeline') return;
      const desk = planning.pipeline;
      if (desk === null) {
        if (!askedState) doors.send({ type: 'pipeline', ask: { kind: 'state' } });
        askedState = true;
        return;
      }
      // What a profile says of itself is filled in, until the user says otherwise.
      const { opening = null, stages = 0 } = desk.profile ?? {};
      if (opening !== null && stages > 0 && opening !== view.pipelineProfile)
        doors.dispatch({ type: 'page/pipelineProfile', opening, stages });
      form.update(state);
      const { frontier } = desk;
      // A new frontier begins at the point that suits the straggler, and so does another straggler.
      const wish =
        frontier === null
          ? null
          : `${frontier.timesS.length} ${frontier.energiesJ[0]} ${view.pipelineForm.straggler}`;
      if (wish !== null && wish !== askedFor) choose(null);
      askedFor = wish;
      const { chosen } = planning;
      setHidden(waiting, frontier !== null);
      setText(waiting, waitingText(desk));
      setHidden(result, frontier === null || chosen === null);
      if (frontier === null || chosen === null || drawn === chosen) return;
      drawn = chosen;
      setText(headline, iterationText(chosen.timeS, chosen.energyJ));
      setText(detail, `${savedText(chosen, frontier)} (modelled)`);
      setText(beside, stragglerText(chosen));
      setHidden(beside, chosen.straggler === null);
      slider.max = String(frontier.timesS.length - 1);
      // The answer to an earlier place must not pull the slider back under the hand.
      if (document.activeElement !== slider) slider.value = String(chosen.at);
      setAttribute(
        slider,
        'aria-valuetext',
        `${iterationText(chosen.timeS, chosen.energyJ)}, ${savedText(chosen, frontier)}`,
      );
      curve.replaceChildren(frontierPicture(frontier, chosen));
      const { straggler } = choiceOf(view.pipelineForm, null);
      command.replaceChildren(
        commandLine(pipelineCommand(desk.profile?.name ?? '', frontier, straggler), doors),
      );
      schedules.replaceChildren(...scheduleParts(frontier, chosen));
    },
  };
}

function waitingText({ profile, failure, solving }: PipelineState): string {
  if (failure !== null) return `The plan was not made. ${failure}`;
  if (solving !== null) return '';
  if (profile === null)
    return 'In pipeline-parallel training most GPUs wait for a neighbour now and then; what is off the critical path can run slower without the iteration taking longer. Open a profile: a CSV file with the columns stage, instruction, frequency (MHz), time (s) and energy (J), as Zeus writes it.';
  return 'Say how the training is shaped, and what a GPU draws while it waits.';
}

function scheduleParts(frontier: ShownFrontier, chosen: ChosenPlan): readonly HTMLElement[] {
  const { allHighest, shape, notes } = frontier;
  const untilS = Math.max(allHighest.timeS, chosen.timeS, chosen.straggler?.timeS ?? 0);
  const power = powerRange([allHighest, chosen]);
  const stragglerS = chosen.straggler?.timeS ?? null;
  const common = { stages: shape.stages, untilS, power, stragglerS };
  const table =
    allHighest.operations === null || chosen.operations === null
      ? []
      : [
          pointsTable({
            caption: 'The plan by stage, against all at the highest frequency',
            heads: ['Stage', 'Forward MHz', 'Backward MHz', 'Busy', 'Critical', 'Work', ''],
            rows: stageRows(
              stageFigures(allHighest.operations, allHighest.timeS),
              stageFigures(chosen.operations, chosen.timeS),
            ),
            current: -1,
          }),
        ];
  return [
    schedulePicture({ ...common, title: 'All at the highest frequency', iteration: allHighest }),
    schedulePicture({ ...common, title: 'Planned', iteration: chosen }),
    scheduleLegend(power, shape.blockingPowerW),
    ...table,
    caveatList([
      `Modelled from the profile, not measured: at the chosen frequencies it was measured to ${iterationText(chosen.asMeasured.timeS, chosen.asMeasured.energyJ)}. No GPU is changed.`,
      ...notes,
    ]),
  ];
}
