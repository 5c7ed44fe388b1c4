/** What a line that fits a format says, or null where it tells of other work than training. */

import type { StepUnit } from '../../contracts/runs.ts';
import type { ProgressFormat } from './progressFormat.ts';

/**
 * What else the program must have said: `batch`: the words would suit inference as well, it counts once training was
 * spoken of; `bare`: no word and no figure of learning, it counts unless only inference was spoken of.
 */
export type Doubt = 'none' | 'batch' | 'bare';

export interface Sight {
  /** What is counted, without its changing numbers: two bars with the same one are the same bar. */
  readonly label: string;
  readonly counts: StepUnit;
  readonly done: number;
  readonly total: number | null;
  readonly epoch: number | null;
  readonly epochs: number | null;
  /** Given instead of a count: so many a second since the last such line. */
  readonly rate: number | null;
  readonly doubt: Doubt;
}

const otherWork =
  /(?:^|[^a-z])(?:val|valid|validat\w{0,6}|eval\w{0,8}|test|testing|predict\w{0,6}|infer\w{0,6}|sanity|sampl(?:e|ing)|denois\w{0,4}|decod\w{0,4}|encod\w{0,4}|embed\w{0,6}|transcri\w{0,6}|render\w{0,4}|requests?|prompts|contexts?|download\w{0,4}|upload\w{0,4}|fetch\w{0,4}|load\w{0,4}|map|mapping|filter\w{0,4}|cast(?:ing)?|tokeni\w{0,8}|preprocess\w{0,4}|process\w{0,4}|extract\w{0,4}|generat\w{0,6}|sav(?:e|ing)|cach(?:e|ing)|build\w{0,4}|scan\w{0,4}|pars(?:e|ing)|index\w{0,4}|cop(?:y|ying)|convert\w{0,4}|quanti\w{0,8}|calibrat\w{0,6}|install\w{0,6}|compil\w{0,6}|collect\w{0,4}|read(?:ing)?|writ(?:e|ing)|resum\w{0,4}|captur\w{0,4}|shards?|files?|class +images)(?![a-z])/i;
const figure =
  /(?:^|[^a-z])(?:loss(?:es)?|lr|learning[ _]rate|acc|accuracy|f1|train|val|ppl|perplexity|grad(?:ient)?(?:[ _]norm)?|gnorm|time|elapsed|eta|sec(?:onds)?|ms|speed|tokens?|tok|throughput|reward|mfu|err(?:or)?|dice|iou|psnr|auc|memory|mem)(?![a-z])[^\d\n]{0,16}\d|(?<![\d.])\d{1,9}(?:\.\d{1,9})? ?(?:ms|s\/it|it\/s|s\/step|steps?\/s|sec)(?![a-z])/i;
/** A figure that only learning has; a bar without a description of training needs one. */
const learning =
  /(?:^|[^a-z])(?:\w{0,20}loss(?:es)?|lr|learning[ _]rate|grad(?:ient)?[ _]?norm|ppl|acc|accuracy)(?![a-z])[^\d\n]{0,16}\d/i;
const trainingWord = /epoch|train|step|iter|fit|optim|update|loss|learn|gpu_?mem/i;
const batchWord = /batch/i;

const stepUnit = /^(?:it|iter|iters|step|steps|batch|batches|ba|update|updates)$/i;
const sampleUnit = /^(?:img|imgs|image|images|sample|samples|seq|seqs|sp)$/i;
const epochUnit = /^(?:epoch|epochs|ep)$/i;
const epochNumber = /epoch[^\w]{0,4}(\d{1,6})(?: {0,2}\/ {0,2}(\d{1,6}))?/i;
const epochsOnly = /^epochs?$/;
const scales: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

function number(text: string | undefined): number | null {
  if (text === undefined) return null;
  const scale = scales[text.slice(-1)];
  return scale === undefined ? Number(text.replaceAll(',', '')) : Number(text.slice(0, -1)) * scale;
}

/** The bar's own text, its numbers replaced: `Epoch 3:` and `Epoch 4:` are one bar. */
function barLabel(before: string): string {
  const percent = before.search(/\d{1,3}(?:\.\d{1,2})? ?%/);
  const text = percent >= 0 ? before.slice(0, percent) : before;
  return text
    .toLowerCase()
    .replace(/(?<![\d.])[\d.]{1,20}(?:e[+-]?\d{1,3})?/g, '#')
    .replace(/[^\p{Letter}#]+/gu, ' ')
    .trim();
}

/** What a bar counts by the unit it names; null for bytes, files and the like. */
function unitOf(format: ProgressFormat, name: string | undefined): StepUnit | null {
  if (name === undefined || stepUnit.test(name)) return format.counts;
  if (sampleUnit.test(name)) return 'sample';
  return epochUnit.test(name) ? 'epoch' : null;
}

/** What doubt is left that the line speaks of training, as far as its format asks; null where it does not. */
function doubtOf(
  format: ProgressFormat,
  counts: StepUnit,
  line: string,
  match: RegExpExecArray,
  lineBefore: string,
): Doubt | null {
  const sure = (proof: boolean): Doubt | null => (proof ? 'none' : null);
  const before = line.slice(0, match.index);
  const after = line.slice(match.index + match[0].length);
  const rest = `${before} | ${after}`;
  if (format.proof === 'none') return 'none';
  if (format.proof === 'learning') return sure(learning.test(rest));
  if (format.proof === 'lineBefore') return sure(learning.test(lineBefore) && !otherWork.test(lineBefore));
  if (format.proof === 'figure') {
    const alone = /^[^\p{Letter}\d]{0,8}$/u.test(before) && /^[^\p{Letter}\d]{0,8}$/u.test(after);
    return sure((alone && counts === 'step' && match.groups?.['total'] !== undefined) || figure.test(rest));
  }
  const described = /\p{Letter}{2}/u.test(before);
  if (trainingWord.test(before) || learning.test(`${rest} | ${match[0]}`)) return 'none';
  if (!described && counts === 'step') return 'bare';
  return batchWord.test(before) ? 'batch' : null;
}

export function readSight(format: ProgressFormat, line: string, lineBefore = ''): Sight | null {
  const match = format.pattern.exec(line);
  const groups = match?.groups;
  if (match === null || groups === undefined) return null;
  const before = line.slice(0, match.index);
  const counts = unitOf(format, groups['unit'] ?? groups['unitOfRate']);
  if (counts === null || (groups['rate'] === undefined && otherWork.test(before))) return null;
  const label = format.label ?? barLabel(before);
  const doubt = doubtOf(format, counts, line, match, lineBefore);
  if (doubt === null) return null;
  const done = number(groups['done']);
  const total = number(groups['total']);
  if (total !== null && (total === 0 || (done ?? 0) > total)) return null;
  const epoch = counts === 'epoch' ? null : epochNumber.exec(format.bar ? before : line);
  return {
    label,
    counts: format.label === undefined && epochsOnly.test(label) ? 'epoch' : counts,
    done: (done ?? 0) * (format.each ?? 1),
    total,
    epoch: number(groups['epoch'] ?? epoch?.[1]),
    epochs: number(groups['epochs'] ?? epoch?.[2]),
    rate: number(groups['rate']),
    doubt,
  };
}

/** The total of a bar of validation: some programs count its batches into the bar of training as well. */
export function validationOf(line: string): { readonly done: number; readonly total: number } | null {
  const found = /valid[^|\n]{0,60}\|[^|\n]{0,300}\| {0,8}(\d{1,9})\/ {0,8}(\d{1,9}) \[/i.exec(line);
  return found === null ? null : { done: Number(found[1]), total: Number(found[2]) };
}

/** Words that only a program that trains prints. */
export const speaksOfTraining = (line: string): boolean =>
  /epochs?[^\w\n]{0,6}\d|(?:^|[^a-z])(?:train(?:ing)?|loss)(?![a-z])/i.test(line);

/** Words of a program that makes pictures or answers. */
export const speaksOfInference = (line: string): boolean =>
  /(?:^|[^a-z])(?:prompts?|inference|denoising|sampling)(?![a-z])/i.test(line);
