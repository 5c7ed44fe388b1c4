/** How evenly the GPUs of a run work: slack of each, and what slowing it by as much would save. */

import type { BalancePlan, GpuBalance } from '../../../contracts/balancePlan.ts';
import { formatEnergy, formatPower, formatShare, notAvailable } from '../../../contracts/units.ts';
import type { PanelState } from '../../state.ts';
import { el, setHidden, setText, svg } from '../dom.ts';
import type { Doors, Part } from '../part.ts';
import { percent, words } from '../picture.ts';
import { caveatList, commandLine, pointsTable, verdictHeadline } from './planParts.ts';

export function createBalancePage(doors: Doors): Part {
  const waiting = el('p', 'plan-waiting');
  const result = el('div', 'plan-result');
  const element = el('div', 'plan-page', waiting, result);
  let asked = '';
  let drawn: unknown;

  return {
    element,
    update({ run, view, planning }) {
      if (run === null || view.tab !== 'plan' || view.planPage !== 'balance') {
        asked = '';
        return;
      }
      // Asked anew when the page is opened and when the run ends.
      const wish = `${run.runId} ${run.state}`;
      if (wish !== asked) {
        asked = wish;
        doors.send({ type: 'balancePlan', runId: run.runId });
      }
      const answer = planning.balance?.runId === run.runId ? planning.balance : null;
      const plan = answer?.plan ?? null;
      setHidden(waiting, plan !== null);
      setText(waiting, waitingText(answer));
      setHidden(result, plan === null);
      if (plan === null || drawn === plan) return;
      drawn = plan;
      result.replaceChildren(...resultParts(plan, doors));
    },
  };
}

function waitingText(answer: PanelState['planning']['balance']): string {
  return answer === null ? 'Reading what was recorded…' : (answer.failure ?? '');
}

function resultParts(plan: BalancePlan, doors: Doors): readonly HTMLElement[] {
  const { gpus, perStepJ, perStepMs, savedJ, caveats } = plan;
  const verdict = el(
    'div',
    'verdict',
    verdictHeadline(headline(plan), plan.simulated),
    el(
      'p',
      'verdict-detail',
      savedJ === null
        ? ''
        : `Slowed as far as the others allow: ${formatEnergy(savedJ)} less of ${formatEnergy(perStepJ)} per step (modelled)`,
    ),
    caveatList(caveats),
    pointsTable({
      caption: 'Slack by GPU',
      heads: ['GPU', 'Works', 'Slack per step', 'Per step', 'Power', 'Slower by', 'Saves'],
      rows: gpus.map((gpu) => [
        String(gpu.index),
        formatShare(gpu.workShare),
        slackText(gpu),
        formatEnergy(gpu.perStepJ),
        formatPower(gpu.meanPowerW),
        gpu.stretch > 1 ? `${gpu.stretch.toFixed(2)} ×` : 'no',
        gpu.savedJ === null ? notAvailable : formatEnergy(gpu.savedJ),
      ]),
      current: -1,
    }),
    commandLine(`perjoule plan balance ${plan.number}`, doors),
  );
  return [el('div', 'plan-curve', balancePicture(gpus, perStepMs)), verdict];
}

function headline({ gpus, savedJ, perStepJ }: BalancePlan): string {
  if (!gpus.some(({ stretch }) => stretch > 1)) return 'No GPU waits for another for sure';
  return savedJ === null
    ? 'GPUs wait for one another'
    : `${formatShare(savedJ / perStepJ)} less energy per step, modelled`;
}

const slackText = ({ slackMs, spreadMs }: GpuBalance): string =>
  `${slackMs.toFixed(1)} ms${spreadMs === null ? '' : ` ±${spreadMs.toFixed(1)}`}`;

const row = 22;
const barsLeft = 12;

/** A bar for each GPU: what it works of a step, and what it waits for the one that works longest. */
function balancePicture(gpus: readonly GpuBalance[], perStepMs: number): HTMLElement {
  const height = gpus.length * row + 26;
  const width = (share: number): string => percent(share * (100 - barsLeft));
  const bars = gpus.flatMap(({ index, workShare, slackMs }, at) => [
    words(`GPU ${index}`, { x: 0, y: at * row + 15, 'text-anchor': 'start' }),
    svg('rect', {
      x: percent(barsLeft),
      y: at * row + 3,
      width: width(workShare),
      height: 16,
      class: 'balance-work',
    }),
    svg('rect', {
      x: percent(barsLeft + workShare * (100 - barsLeft)),
      y: at * row + 3,
      width: width(slackMs / perStepMs),
      height: 16,
      class: 'schedule-waiting',
    }),
  ]);
  const shown = svg(
    'svg',
    { class: 'plan-picture', height, role: 'img' },
    ...bars,
    words('works', { x: percent(barsLeft), y: height - 6, 'text-anchor': 'start' }),
    words(`a step of ${perStepMs.toFixed(1)} ms →`, { x: '100%', y: height - 6, 'text-anchor': 'end' }),
  );
  const spoken = gpus.map(
    (gpu) => `GPU ${gpu.index} works ${formatShare(gpu.workShare)}, slack ${slackText(gpu)}`,
  );
  shown.setAttribute('aria-label', `Work and slack of a step. ${spoken.join('. ')}.`);
  return el('div', 'picture', shown);
}
