/**
 * The progress lines we read, one row each. A row is added here and in formats.test.ts, nowhere else.
 *
 * A step is one optimizer update as the program counts it. Lines that count something else (epochs alone, samples,
 * bytes, files, validation batches) are left alone. Every pattern is linear on a bounded line: numbers start where
 * no digit stands before them, and every repetition has a limit.
 */

export interface Sight {
  /** What is counted, without its changing numbers: two bars with the same one are the same bar. */
  readonly label: string;
  readonly done: number;
  readonly total: number | null;
  readonly epoch: number | null;
  readonly epochs: number | null;
}

export interface ProgressFormat {
  readonly name: string;
  /** Complete in itself: one sight is enough, and it may be read before its line has ended. */
  readonly bar: boolean;
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray, line: string) => Sight | null;
}

const otherWork =
  /(?:^|[^a-z])(?:val|valid|validat\w{0,6}|eval\w{0,8}|test|testing|predict\w{0,6}|infer\w{0,6}|sanity|download\w{0,4}|upload\w{0,4}|fetch\w{0,4}|load\w{0,4}|map|mapping|filter\w{0,4}|tokeni\w{0,8}|preprocess\w{0,4}|process\w{0,4}|extract\w{0,4}|generat\w{0,6}|sav(?:e|ing)|cach(?:e|ing)|build\w{0,4}|scan\w{0,4}|pars(?:e|ing)|index\w{0,4}|cop(?:y|ying)|convert\w{0,4}|quanti\w{0,8}|calibrat\w{0,6}|install\w{0,6}|compil\w{0,6}|collect\w{0,4}|read(?:ing)?|writ(?:e|ing)|resum\w{0,4}|shards?|files?|class +images)(?![a-z])/i;
const metric =
  /(?:^|[^a-z])(?:loss(?:es)?|lr|learning[ _]rate|acc|accuracy|ppl|perplexity|grad(?:ient)?(?:[ _]norm)?|gnorm|time|elapsed|eta|sec(?:onds)?|ms|speed|tokens?|tok|throughput|reward|mfu|err(?:or)?|dice|iou|psnr|auc|memory|mem)(?![a-z])[^\d\n]{0,16}\d|(?<![\d.])\d{1,9}(?:\.\d{1,9})? ?(?:ms|s\/it|it\/s|s\/step|steps?\/s|sec)(?![a-z])/i;
const stepUnit = /^(?:it|iter|iters|step|steps|batch|batches|ba|update|updates)$/i;
const epochNumber = /epoch[^\w]{0,4}(\d{1,6})(?: {0,2}\/ {0,2}(\d{1,6}))?/i;
const epochsOnly = /^epochs?$/;

const whole = (text: string | undefined): number | null => (text === undefined ? null : Number(text));

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

function sight(line: string, at: number, done: string | undefined, total: string | undefined): Sight | null {
  const before = line.slice(0, at);
  const label = barLabel(before);
  if (done === undefined || epochsOnly.test(label) || otherWork.test(before)) return null;
  const doneSteps = Number(done);
  const totalSteps = whole(total);
  if (totalSteps !== null && (totalSteps === 0 || doneSteps > totalSteps)) return null;
  const epoch = epochNumber.exec(before);
  return {
    label,
    done: doneSteps,
    total: totalSteps,
    epoch: whole(epoch?.[1]),
    epochs: whole(epoch?.[2]),
  };
}

/** A written line counts only beside a figure of training, or alone on its line. */
function written(line: string, match: RegExpExecArray, keyword: string): Sight | null {
  const before = line.slice(0, match.index);
  const after = line.slice(match.index + match[0].length);
  const alone = /^[^\p{Letter}\d]{0,8}$/u.test(before) && /^[^\p{Letter}\d]{0,8}$/u.test(after);
  if (!alone && !metric.test(`${before} | ${after}`)) return null;
  if (otherWork.test(before)) return null;
  const found = sight(line, match.index, match[1], match[2]);
  const epoch = epochNumber.exec(line);
  return (
    found && { ...found, label: keyword.toLowerCase(), epoch: whole(epoch?.[1]), epochs: whole(epoch?.[2]) }
  );
}

export const progressFormats: readonly ProgressFormat[] = [
  {
    // 12/300 [00:05<02:01, 2.31it/s, loss=2.3]: tqdm, HF Trainer, Lightning, Ultralytics, NeMo
    name: 'tqdm',
    bar: true,
    pattern:
      /(?<![\d.,])(\d{1,9})\/(\d{1,9}) \[(?:\d[\d:]{1,10}|\?)<[^,\]<>]{1,20}, {0,3}(?:\d[\d.]{0,12}|\?) ?(?:s\/([A-Za-z]{1,10})|([A-Za-z]{1,10})\/s)[,\]]/,
    read: (match, line) =>
      stepUnit.test(match[3] ?? match[4] ?? '') ? sight(line, match.index, match[1], match[2]) : null,
  },
  {
    // 12/300ba [00:05<02:01, 2.31ba/s]: the unit stands behind the total (Composer)
    name: 'tqdmUnit',
    bar: true,
    pattern: /(?<![\d.,])(\d{1,9})\/(\d{1,9})(ba|it|batch|step) \[\d[\d:]{1,10}<[^,\]<>]{1,20},/,
    read: (match, line) => sight(line, match.index, match[1], match[2]),
  },
  {
    // 120it [00:05, 23.1it/s]: tqdm without a total
    name: 'tqdmOpen',
    bar: true,
    pattern:
      /(?<![\d.,])(\d{1,9}) ?([A-Za-z]{1,10}) \[\d[\d:]{1,10}, {0,3}(?:\d[\d.]{0,12}|\?) ?(?:s\/[A-Za-z]{1,10}|[A-Za-z]{1,10}\/s)[,\]]/,
    read: (match, line) =>
      stepUnit.test(match[2] ?? '') ? sight(line, match.index, match[1], undefined) : null,
  },
  {
    // [ 12/300 00:05 < 02:01, 2.31 it/s, Epoch 0.1/3]: HF Trainer in a notebook
    name: 'notebookTrainer',
    bar: true,
    pattern: /\[ {0,4}(\d{1,9})\/(\d{1,9}) \d[\d:]{1,10} < [\d:?]{1,12}, [\d.]{1,12} it\/s/,
    read: (match, line) => sight(line, match.index, match[1], match[2]),
  },
  {
    // Epoch 0/9 ━━━━ 422/938 0:00:05 • 0:00:06 82.10it/s: Lightning's rich bar
    name: 'richBar',
    bar: true,
    pattern: /[━╸╺─] {0,4}(\d{1,9})\/(\d{1,9}) \d{1,3}:\d\d:\d\d • [\d:-]{5,12} {1,3}[\d.]{1,12}it\/s/,
    read: (match, line) => sight(line, match.index, match[1], match[2]),
  },
  {
    // Epoch 1/3 : |████----| 45.00% [9/20 00:05<00:06 0.31]: fastai
    name: 'fastProgress',
    bar: true,
    pattern: /% \[(\d{1,9})\/(\d{1,9}) \d\d:[\d:]{2,8}<[\d:]{4,11}(?: [\d.]{1,12})?\]/,
    read: (match, line) => (/epoch/i.test(line) ? sight(line, match.index, match[1], match[2]) : null),
  },
  {
    // 120/938 ━━━━ 5s 6ms/step - loss: 2.3, and 120/938 [==>...] - ETA: 5s - loss: 2.3: Keras
    name: 'keras',
    bar: false,
    pattern:
      /^ {0,8}(\d{1,9})\/(\d{1,9}) (?:\[[=>.]{8,60}\] - (?:ETA: )?\d|[━╸╺─]{3,60} {0,60}\d{1,3}(?::\d\d){0,2}s? \d{1,6}(?:us|ms|s)\/step|- \d{1,6}s(?: -|$))/,
    read: (match, line) => sight(line, match.index, match[1], match[2]),
  },
  {
    // Train: 0 [  50/1251 (  4%)]  Loss: 6.9: timm
    name: 'timm',
    bar: false,
    pattern: /(?:^|[^A-Za-z])Train: (\d{1,6}) \[ {0,8}(\d{1,9})\/(\d{1,9}) \( {0,3}\d{1,3}%\)\]/,
    read: (match) => ({
      label: 'train',
      done: Number(match[2]),
      total: Number(match[3]),
      epoch: Number(match[1]),
      epochs: null,
    }),
  },
  {
    // [Epoch 1] [120/938], Epoch: [0][ 10/5005], Epoch(train) [1][100/1000], Epoch [1/5], Step [100/600],
    // epoch 001:  120 / 938 loss=2.3. Counts with a percentage behind them are samples (PyTorch's own example).
    name: 'epochPair',
    bar: false,
    pattern:
      /(?<![A-Za-z])epochs?(?:\(train\))?[^\w]{0,4}(\d{1,6})(?: {0,3}(?:\/|of) {0,3}(\d{1,6}))?[^\w\n]{1,12}(?:(?:train(?:ing)?|batch|step|iter(?:ation)?|it|minibatch)(?:es|s)?[^\w\n]{0,6})?(?<!\d)(\d{1,9}) {0,6}\/ {0,6}(\d{1,9})(?!\d|\.\d| {0,3}\( {0,3}\d{1,3}(?:\.\d{1,3})? {0,2}%)/i,
    read: (match, line) => {
      const found = sight(line, match.index, match[3], match[4]);
      return found && { ...found, label: 'epoch', epoch: whole(match[1]), epochs: whole(match[2]) };
    },
  },
  {
    // step 12/300, iter 1200: loss 2.3, iteration   100/  500 | …, [batch=12/300]:, loss = 2.1, step = 100 (3 sec)
    name: 'written',
    bar: false,
    pattern:
      /(?<![A-Za-z\d.-])(?:(?:global|train|training|optimizer|completed)[ _])?(?:steps?|iters?|iterations?|batch|mini-?batch|updates?|num_updates)(?:\(train\))?(?![A-Za-z_]) {0,8}[:=#]? {0,8}\[? {0,8}(\d{1,9})(?![\d.]*[\d.]|[a-z%])(?: {0,8}(?:\/|of|out of) {0,8}(\d{1,9})(?![\d.]*\d))?/i,
    read: (match, line) => written(line, match, /[a-z_]+/i.exec(match[0])?.[0] ?? 'step'),
  },
  {
    // I0101 12:00:00.0 logging_writer.py:48] [100] loss=0.3: Flax and CLU
    name: 'logWriter',
    bar: false,
    pattern: /logging_writer\.py:\d{1,5}\] \[(\d{1,9})\] (?=.{0,300}loss=)/,
    read: (match, line) => sight(line, match.index, match[1], undefined),
  },
  {
    // Training ━━━━━━ 120/300 0:00:05: rich, when it says what it counts
    name: 'richNamed',
    bar: true,
    pattern:
      /(?:train(?:ing)?|steps?|iterations?)\b[^\d\n]{0,12}[━╸╺─]{3,80} {0,4}(\d{1,9})\/(\d{1,9})(?= |$)/i,
    read: (match, line) => sight(line, match.index, match[1], match[2]),
  },
];

/** `Epoch 1/5` alone on a line, as Keras heads its bars. */
export const epochHeading = /^\s{0,8}epoch[: ]{1,3}(\d{1,6})(?: {0,2}\/ {0,2}(\d{1,6}))?\s{0,8}$/i;

/** Something to read at all: a digit, and one of the marks every format has. Cheap, for the bulk of output. */
export const mayCount = (line: string): boolean =>
  /\d/.test(line) && /\/|\[|step|iter|batch|update|epoch/i.test(line);
