/** A loader that reads and decodes on the training process itself, while the GPU waits. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { resolveArgument } from '../../python/arguments.ts';
import { datasetWork, holdsLambda } from '../../python/datasetWork.ts';
import { figureMaker, soundWriter } from '../../python/knowledge/datasets.ts';
import type { Call, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Value } from '../../python/values.ts';
import {
  consumersByLoader,
  loaderPositions,
  loadersWithoutWorkers,
  managedLoaders,
  movesToCuda,
} from './loaderUse.ts';
import { isLookedAt, mayFeedGpu, reportByFunction } from './presumedLoaders.ts';
import { collatesOnDevice } from './workerSites.ts';
import { workersFix } from './workersFix.ts';

export const rule: Rule = {
  meta: {
    name: 'loader-no-workers',
    aliases: [],
    family: 'data-pipeline',
    stage: 'stable',
    since: '0.1.0',
    severity: 'information',
    wasteKind: 'inputWait',
    summary: 'A DataLoader without worker processes reads and decodes each batch while the GPU waits.',
    why: 'Without worker processes the training loop itself opens and decodes every item; the GPU has nothing to do until the whole batch is ready, yet it keeps drawing power.',
    evidence:
      "Reported by others, not measured here: data work stands behind 46 % of 706 issues of low GPU use (ICSE 2024); PyTorch's tuning guide asks for workers.",
    messages: {
      none: 'This DataLoader prepares every batch in the training process while the GPU waits; set num_workers so that worker processes prepare batches ahead.',
      written:
        'This DataLoader is told to prepare every batch in the training process while the GPU waits; where nothing speaks against worker processes, set num_workers so that they prepare batches ahead.',
      standard:
        'By default this DataLoader prepares every batch in the training process while the GPU waits; give num_workers a default above 0 so that worker processes prepare batches ahead.',
      presumed:
        'If this data set opens or decodes what it gives, and the batches go to a GPU, the training process prepares each of them while the GPU waits; set num_workers so that worker processes prepare batches ahead.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (wouldStartAgain(context)) return;
  reportByFunction(context, presumed(program));
  if (isExempt(program)) return;
  const consumers = consumersByLoader(program);
  for (const loader of loadersWithoutWorkers)
    for (const call of program.callsTo(loader.type))
      checkLoader(context, call, loader, consumers.get(call) ?? []);
}

function checkLoader(
  context: RuleContext,
  call: Call,
  positions: { readonly workers: number; readonly collate: number },
  regions: readonly StepRegion[],
): void {
  const { program } = context;
  if (regions.length === 0) return;
  const workers = resolveArgument(program, call, 'num_workers', positions.workers);
  if (workers.state === 'unknown') return;
  const byDefault = workers.state === 'set' && workers.value.overridable;
  // Somebody decided that, and often for a reason: a handful of samples, a loader for each of many clients.
  const written = workers.state === 'set' && !byDefault;
  if (workers.state === 'set' && workers.value.constant !== 0) return;
  const dataset = resolveArgument(program, call, 'dataset', 0);
  if (dataset.state !== 'set') return;
  const work = datasetWork(program, dataset.value);
  if (work.costly === 'no' || work.blocked) return;
  const collate = resolveArgument(program, call, 'collate_fn', positions.collate);
  if (
    collate.state === 'unknown' ||
    (collate.state === 'set' && needsOwnProcess(program, collate.value, call))
  )
    return;
  if (regions.every((r) => synthesizes(program, r)) || isMadeAnew(program, regions)) return;
  const moves = regions.map((r) => movesToCuda(program, r));
  if (!moves.includes('yes') && !moves.includes('unknown')) return;
  const doubts = (moves.includes('yes') ? 0 : 1) + (byDefault ? 1 : 0) + (work.costly === 'unknown' ? 1 : 0);
  context.report({
    start: call.callee.start,
    end: call.callee.end,
    message: written ? 'written' : byDefault ? 'standard' : 'none',
    ...(written
      ? { confidence: 'possible', confidenceInRuns: confidenceOf(doubts) }
      : { confidence: confidenceOf(doubts) }),
    region: call,
    fixes: workersFix(
      program,
      call,
      workers,
      regions.some((r) => r.repeated),
    ),
  });
}

/** A step that makes sound or a figure and writes it down takes far longer for a sample than anybody takes to read one. */
function synthesizes(program: Program, { role, visits }: StepRegion): boolean {
  return (
    role === 'eval' &&
    visits.some(({ node, guard }) => {
      const type = node.kind === 'Call' ? program.valueOf(node.callee).type : '';
      return soundWriter.test(type) || (guard === 'none' && figureMaker.test(type));
    })
  );
}

/** Whether a step that takes the batches makes itself a new loader now and then: workers would be started as often. */
function isMadeAnew(program: Program, regions: readonly StepRegion[]): boolean {
  const within = ({ root }: StepRegion, made: Expr): boolean =>
    made.start >= root.start && made.end <= root.end;
  for (const [made, consumers] of consumersByLoader(program))
    if (consumers.some((r) => regions.includes(r) && r.root.kind !== 'Function' && within(r, made)))
      return true;
  return false;
}

/** What costs time to read, by the words and libraries of a file. */
const speaksOfMedia =
  /\b(torchvision|torchaudio|librosa|soundfile|PIL|cv2|albumentations|imageio|decord|nibabel|pydicom)\b|image|video|audio|wave?form|\bwavs?\b|spectrogram|\bmels?\b/i;

/** Loaders of a data set that a parameter, a factory or a setting gives, in a file about pictures or sound. */
function presumed(program: Program): Call[] {
  if (!mayFeedGpu(program) || !speaksOfMedia.test(program.text)) return [];
  const consumers = consumersByLoader(program);
  const managed = managedLoaders(program);
  return program.callsTo('torch.utils.data.DataLoader').filter((call) => {
    if (managed.has(call) || isLookedAt(program, call)) return false;
    const regions = consumers.get(call) ?? [];
    if (regions.length > 0 && regions.every((region) => movesToCuda(program, region) === 'no')) return false;
    const workers = resolveArgument(program, call, 'num_workers', loaderPositions.workers);
    if (workers.state === 'unknown') return false;
    // A default that can be changed is somebody's choice for each run.
    if (workers.state === 'set' && (workers.value.constant !== 0 || workers.value.overridable)) return false;
    const dataset = resolveArgument(program, call, 'dataset', 0);
    if (dataset.state !== 'set' || !mayRead(program, dataset.value, regions)) return false;
    const collate = resolveArgument(program, call, 'collate_fn', loaderPositions.collate);
    return !(
      collate.state === 'unknown' ||
      (collate.state === 'set' && needsOwnProcess(program, collate.value, call))
    );
  });
}

/** Nothing is known of it, or it is known to read and nobody in sight takes what it gives. */
function mayRead(program: Program, dataset: Value, regions: readonly StepRegion[]): boolean {
  const { kind, classInfo, sources } = dataset;
  if (kind === 'unknown') return true;
  if ((kind === 'instance' || kind === 'dataset') && classInfo === undefined && sources.length === 0)
    return true;
  const work = datasetWork(program, dataset);
  return work.costly !== 'no' && !work.blocked && regions.length === 0;
}

/** A path of Windows, as scripts that run there name their data. */
const windowsPath = /["'][A-Za-z]:[\\/]/;

/** Where worker processes import the script anew, one that does not guard its start would start itself in each of them. */
function wouldStartAgain({ program, assume }: RuleContext): boolean {
  const named = assume.os === undefined && windowsPath.test(program.text);
  const imports = named || assume.os === 'windows' || assume.os === 'macos';
  return imports && !/^if[ \t(]+__name__[ \t]*==/m.test(program.text);
}

/** A nested function or a lambda cannot be sent to a worker that is spawned, and what uses the GPU should not run there. */
function needsOwnProcess(program: Program, collate: Value, call: Call): boolean {
  if (collate.type === 'lambda') return true;
  if (collate.functions.some((f) => f.outer !== undefined)) return true;
  if (call.keywords.some((k) => k.name === 'collate_fn' && holdsLambda(program, k.value))) return true;
  return collatesOnDevice(program, collate);
}
