// npm run bench:plan [-- PROFILE.csv --stages N --blocking-power W --unit-time S --frontier FILE.csv]: how long the pipeline plan takes, parse
// and fit apart from the solving, and what it saves with and without a straggler. Without a profile: the published one of
// GPT-3 175B on A100 SXM, whose frontier for 12 micro-batches it is held against. --frontier holds another profile against a
// frontier that is known of it, for the one count of --microbatches. Times are processor time.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { allHighest, savedShare, stragglerPlan } from '../../insight/plan/pipeline/comparedPlans.ts';
import { PipelineFrontier } from '../../insight/plan/pipeline/pipelineFrontier.ts';
import { pipelineModel } from '../../insight/plan/pipeline/pipelineModel.ts';
import { parseStageProfile } from '../../insight/plan/pipeline/stageProfile.ts';
import {
  frontierRows,
  leastEnergyDifference,
  profilePath,
  publishedFrontier,
  type ReferencePoint,
} from '../perseus/reference.ts';
import { machineContention } from './contention.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stages: { type: 'string', default: '8' },
    'blocking-power': { type: 'string', default: '83.64' },
    'unit-time': { type: 'string', default: '0.001' },
    microbatches: { type: 'string', default: '12,24,48,96' },
    frontier: { type: 'string' },
  },
});
const [path = profilePath] = positionals;
const runs = 5;
/** Seconds by stages × micro-batches, for the published profile. */
const limits: Readonly<Record<string, number>> = { '8 × 12': 1, '8 × 96': 30 };
const leastDifference = 0.002;
const stragglers = [1.1, 1.2, 1.3, 1.4, 1.5];

/** Processor seconds of the middle one of several runs, and its answer. */
function timed<Result>(work: () => Result): readonly [seconds: number, result: Result] {
  const taken = Array.from({ length: runs }, () => {
    const from = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(from);
    return [(user + system) / 1e6, result] as const;
  }).sort(([a], [b]) => a - b);
  return taken[Math.floor(runs / 2)] as readonly [number, Result];
}

const ms = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`.padStart(8);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(8);

let missed = 0;
const verdict = (holds: boolean): string => {
  if (!holds) missed += 1;
  return holds ? 'holds' : 'MISSED';
};

/** Null where nothing is known. */
function knownFrontier(microbatches: number): readonly ReferencePoint[] | null {
  if (options.frontier !== undefined) return frontierRows(readFileSync(options.frontier, 'utf8'));
  return path === profilePath && microbatches === 12 ? publishedFrontier() : null;
}

const text = readFileSync(path, 'utf8');
const [parseS, profile] = timed(() => parseStageProfile(text));
const contention = machineContention();
console.log(
  `${path}: ${profile.stages.length} stages, parsed in${ms(parseS)}; median of ${runs} runs, processor time.`,
);
if (contention.busy) console.log(contention.text);

const table: string[] = [];
for (const microbatches of options.microbatches.split(',').map(Number)) {
  const shape = {
    stages: Number(options.stages),
    microbatches,
    blockingPowerW: Number(options['blocking-power']),
    unitTimeS: Number(options['unit-time']),
  };
  const [fitS, model] = timed(() => pipelineModel(profile, shape));
  const [solveS, frontier] = timed(() => PipelineFrontier.solve(model.problem));
  const limit = path === profilePath ? limits[`${shape.stages} × ${microbatches}`] : undefined;
  const bar = limit === undefined ? '' : `  ≤ ${limit} s: ${verdict(solveS <= limit)}`;
  const { points, fastest } = frontier;
  console.log(
    `${shape.stages} × ${String(microbatches).padEnd(3)} filter and fit${ms(fitS)}  solve${ms(solveS)}  ${points.length} points${bar}`,
  );
  const known = knownFrontier(microbatches);
  if (known !== null) {
    const ours = points.map(({ timeS, energyJ }) => [timeS, energyJ] as const);
    const difference = leastEnergyDifference(ours, known);
    console.log(
      `    least energy by each of ${known.length} published times: off by at most ${(difference * 100).toFixed(6)} %, ≤ 0.2 %: ${verdict(difference <= leastDifference)}`,
    );
  }
  const unplanned = allHighest(model);
  const beside = stragglers.map((factor) => percent(stragglerPlan(frontier, unplanned, factor).savedShare));
  table.push(
    `${String(microbatches).padStart(12)}${percent(savedShare(unplanned.energyJ, fastest.energyJ)).padStart(12)}${beside.join('')}`,
  );
}
console.log(
  '\nSaved against all at the highest frequency (modelled), alone at full speed and beside a straggler:',
);
console.log(
  `micro-batches       alone${stragglers.map((factor) => `${factor.toFixed(1)} ×`.padStart(8)).join('')}`,
);
for (const row of table) console.log(row);
console.log('Published (Perseus, SOSP 2024): 3 to 29 % alone, by how unlike the stages are.');
process.exitCode = missed > 0 ? 1 : 0;
