/** A power plan as text, CSV or JSON. */

import {
  isBeyondDoubt,
  type LimitPoint,
  type PowerLimitState,
  type PowerPlan,
} from '../contracts/powerPlan.ts';
import { formatPerStep, formatPower, formatShare } from '../contracts/units.ts';
import { highestLimit, type LimitWish, pickLimit } from '../insight/plan/power/pickLimit.ts';
import { plain, table } from './terminalText.ts';

export interface PlanWishes {
  /** Share, 0.05 for 5 %. */
  readonly slowdown: number;
  readonly eta: number;
  /** How a limit is set here; null when it was not asked. */
  readonly limits: readonly PowerLimitState[] | null;
}

const percent = (ratio: number): string => {
  const change = (ratio - 1) * 100;
  return `${change > 0.05 ? '+' : change < -0.05 ? '−' : ''}${Math.abs(change).toFixed(1)} %`;
};

const wishesOf = ({ slowdown, eta }: PlanWishes): readonly (readonly [label: string, wish: LimitWish])[] => [
  ['Least energy', { kind: 'leastEnergy' }],
  [`At most ${formatShare(slowdown)} slower`, { kind: 'slowdown', share: slowdown }],
  [`Weighed, eta ${eta}`, { kind: 'weighed', eta }],
];

export function powerPlanText(plan: PowerPlan, wishes: PlanWishes): string {
  const { points, gpus } = plan;
  const highest = highestLimit(points);
  const heads = ['LIMIT', 'TIME PER STEP', '', 'ENERGY PER STEP', '', 'POWER', 'STEPS', ''];
  const rows = points.map((point) => [
    `${point.limitW} W`,
    timeText(point),
    highest === null ? '' : percent(point.perStepMs / highest.perStepMs),
    formatPerStep(point.perStepJ, point.spreadJ),
    highest === null ? '' : percent(point.perStepJ / highest.perStepJ),
    formatPower(point.meanPowerW),
    String(point.steps),
    remark(point, points),
  ]);
  const align = ['right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'] as const;
  const title = `Run ${plan.number} ${plain(plan.name)}, ${gpus} GPU${gpus === 1 ? '' : 's'}${plan.simulated ? ' (simulated)' : ''}`;
  const picks = wishesOf(wishes).flatMap(([label, wish]) => {
    const pick = pickLimit(points, wish, gpus);
    if (pick === null || highest === null) return [];
    const change = `${percent(pick.perStepJ / highest.perStepJ)} energy, ${percent(pick.perStepMs / highest.perStepMs)} time`;
    const figures = `${pick.limitW} W (${change} per step against ${highest.limitW} W)`;
    if (isBeyondDoubt(pick, highest)) return [`${label}: ${figures}`];
    return [`${label}: no limit is surely better than ${highest.limitW} W; ${figures}${doubtText(pick)}`];
  });
  const useless = points.filter(({ reached }) => reached === false).map(({ limitW }) => limitW);
  const notes = [
    ...(useless.length > 0
      ? [`The run never reaches ${useless.join(', ')} W: such a limit is useless.`]
      : []),
    ...plan.caveats,
  ];
  const command = commandText(points, wishes, gpus);
  return `${title}\n\n${table([heads, ...rows], align)}\n\n${picks.join('\n')}\n${notes.map((note) => `note: ${plain(note)}\n`).join('')}${command}`;
}

/** With its uncertainty where lines that came late make it a hundredth or more. */
function timeText({ perStepMs, perStepErrorMs = 0 }: LimitPoint): string {
  const digits = perStepMs < 100 ? 1 : 0;
  const error = perStepErrorMs < perStepMs / 100 ? '' : ` ±${perStepErrorMs.toFixed(digits)}`;
  return `${perStepMs.toFixed(digits)} ms${error}`;
}

const doubtText = ({ differs }: LimitPoint): string =>
  differs === false ? ', not distinguishable' : differs === null ? ', too few steps to tell' : '';

function remark(point: LimitPoint, points: readonly LimitPoint[]): string {
  if (point.reached === false) return 'never reached';
  if (point !== points.at(-1) && point.differs !== true) return doubtText(point).slice(2);
  return point.paretoOptimal ? '' : 'slower and dearer than another';
}

/** What to type for the least energy; nothing where that is in doubt. */
function commandText(points: readonly LimitPoint[], { limits }: PlanWishes, gpus: number): string {
  const pick = pickLimit(points, { kind: 'leastEnergy' }, gpus);
  const highest = highestLimit(points);
  if (pick === null || highest === null || !isBeyondDoubt(pick, highest)) return '';
  const commands = (limits ?? []).flatMap(({ command }) =>
    command === null ? [] : [`  ${plain(command.replaceAll('<W>', String(pick.limitW)))}\n`],
  );
  return commands.length === 0 ? '' : `\nFor the least energy:\n${commands.join('')}`;
}

export function powerPlanCsv({ points }: PowerPlan): string {
  const rows = points.map(({ limitW, steps, perStepMs, perStepJ, spreadJ, meanPowerW, reached }) =>
    [
      limitW,
      steps,
      (perStepMs / 1000).toPrecision(8),
      perStepJ.toPrecision(8),
      spreadJ?.toPrecision(6) ?? '',
      meanPowerW.toPrecision(6),
      reached ?? '',
    ].join(','),
  );
  return `limit_w,steps,time_per_step_s,energy_per_step_j,spread_j,power_w,reached\n${rows.map((row) => `${row}\n`).join('')}`;
}

export function powerPlanJson(plan: PowerPlan, wishes: PlanWishes): string {
  const limitFor = (wish: LimitWish): number | null =>
    pickLimit(plan.points, wish, plan.gpus)?.limitW ?? null;
  const { slowdown, eta } = wishes;
  const picks = {
    leastEnergy: limitFor({ kind: 'leastEnergy' }),
    slowdown: { share: slowdown, limitW: limitFor({ kind: 'slowdown', share: slowdown }) },
    weighed: { eta, limitW: limitFor({ kind: 'weighed', eta }) },
  };
  return `${JSON.stringify({ version: 1, ...plan, picks }, null, 2)}\n`;
}
