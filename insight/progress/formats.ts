/**
 * What we read in a program's output, one row a format: a pattern whose groups are named for what they hold
 * (`done`, `total`, `epoch`, `epochs`, `unit`, `rate`), what it counts, and what else must speak for training.
 *
 * A step is one optimizer update as the program counts it. Where no line counts steps, samples or epochs do.
 * Every pattern is linear on a bounded line: numbers start where no digit stands before them, and every repetition
 * has a limit. The first row that fits a line is taken. Recordings of the formats lie in formats.recorded/.
 */

import type { ProgressFormat } from './progressFormat.ts';
import { trainerFormats } from './trainerFormats.ts';

/** 1200, 1,200 and, where a bar scales its numbers, 1.20k. */
const count = '\\d{1,3}(?:,\\d{3}){1,3}(?!\\d)|\\d{1,9}';
const done = `(?<![\\d.,])(?<done>${count})`;
const scaledDone = `(?<![\\d.,])(?<done>\\d{1,4}(?:\\.\\d{1,3})?[kMGT]|${count})`;
const scaledTotal = `(?<total>\\d{1,4}(?:\\.\\d{1,3})?[kMGT]|${count})`;
const perSecond =
  '(?:\\d[\\d.]{0,12}|\\?) ?(?:s\\/(?<unit>[A-Za-z]{1,10})|[kMGT]?(?<unitOfRate>[A-Za-z]{1,10})\\/s)';
/** `: 12`, `=12`, ` [12`, `": "12`: what stands between a name and its number. */
const is = `["']? {0,8}[:=#]? {0,8}["'\\[]? {0,8}`;
const outOf = '(?: {0,8}(?:\\/|of|out of) {0,8}(?<total>\\d{1,9})(?![\\d.]*\\d))?';
const wholeNumber = '(?![\\d.]*[\\d.]|[a-z%])';

const row = (source: string, flags = ''): RegExp => new RegExp(source, flags);

export const progressFormats: readonly ProgressFormat[] = [
  {
    // 12/300 [00:05<02:01, 2.31it/s, loss=2.3]: tqdm, HF Trainer, Lightning, Ultralytics, NeMo; 1.20k/24.0k
    name: 'tqdm',
    bar: true,
    counts: 'step',
    proof: 'label',
    pattern: row(
      `${scaledDone}/ {0,8}${scaledTotal} \\[(?:\\d[\\d:]{1,10}|\\?)<[^,\\]<>]{1,20}, {0,3}${perSecond}[,\\]]`,
    ),
  },
  {
    // 12/300ba [00:05<02:01, 2.31ba/s]: the unit stands behind the total (Composer)
    name: 'tqdmUnit',
    bar: true,
    counts: 'step',
    proof: 'label',
    pattern: row(`${done}/(?<total>\\d{1,9})(?<unit>ba|it|batch|step) \\[\\d[\\d:]{1,10}<[^,\\]<>]{1,20},`),
  },
  {
    // 120it [00:05, 23.1it/s]: tqdm without a total
    name: 'tqdmOpen',
    bar: true,
    counts: 'step',
    proof: 'label',
    pattern: row(`${scaledDone} ?(?:[A-Za-z]{1,10}) \\[\\d[\\d:]{1,10}, {0,3}${perSecond}[,\\]]`),
  },
  {
    // [12/300] 4%|▍  , loss=2.3 [00:05<02:01]: a bar in brackets, with figures before the time (Ignite)
    name: 'bracketBar',
    bar: true,
    counts: 'step',
    proof: 'label',
    pattern: row(
      `\\[(?<done>\\d{1,9})/(?<total>\\d{1,9})\\] {0,3}\\d{1,3}%\\|[^|]{0,200}\\|[^[\\]]{0,200}\\[\\d[\\d:]{1,10}<[\\d:?]{1,12}\\]`,
    ),
  },
  {
    // [ 12/300 00:05 < 02:01, 2.31 it/s, Epoch 0.1/3]: HF Trainer in a notebook
    name: 'notebookTrainer',
    bar: true,
    counts: 'step',
    proof: 'label',
    pattern: row(
      `\\[ {0,4}(?<done>\\d{1,9})/(?<total>\\d{1,9}) \\d[\\d:]{1,10} < [\\d:?]{1,12}, [\\d.]{1,12} it/s`,
    ),
  },
  {
    // Epoch 0/9 ━━━━ 422/938 0:00:05 • 0:00:06 82.10it/s: Lightning's rich bar
    name: 'richBar',
    bar: true,
    counts: 'step',
    proof: 'label',
    pattern: row(
      `[━╸╺─] {0,4}(?<done>\\d{1,9})/(?<total>\\d{1,9}) \\d{1,3}:\\d\\d:\\d\\d • [\\d:-]{5,12} {1,3}[\\d.]{1,12}it/s`,
    ),
  },
  {
    // Epoch 1/3 : |████----| 45.00% [9/20 00:05<00:06 0.31]: fastai
    name: 'fastProgress',
    bar: true,
    counts: 'step',
    proof: 'label',
    pattern: row(
      `% \\[(?<done>\\d{1,9})/(?<total>\\d{1,9}) \\d\\d:[\\d:]{2,8}<[\\d:]{4,11}(?: [\\d.]{1,12})?\\]`,
    ),
  },
  {
    // 120/938 ━━━━ 5s 6ms/step - loss: 2.3, and 120/938 [==>...] - ETA: 5s - loss: 2.3: Keras. The same bar without
    // a figure counts bytes of a download, or predictions.
    name: 'keras',
    bar: false,
    counts: 'step',
    proof: 'learning',
    pattern: row(
      '^ {0,8}(?<done>\\d{1,9})/(?<total>\\d{1,9}) (?:\\[[=>.]{8,60}\\] - (?:ETA: )?\\d|[━╸╺─]{3,60} {0,60}\\d{1,3}(?::\\d\\d){0,2}s? \\d{1,6}(?:us|ms|s)/step|- \\d{1,6}s(?: -|$))',
    ),
  },
  {
    // Train: 0 [  50/1251 (  4%)]  Loss: 6.9: timm. The data set's own example counts samples: see `sampleCount`.
    name: 'timm',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'train',
    pattern: row(
      `(?<![A-Za-z])Train: (?<epoch>\\d{1,6}) \\[ {0,8}(?<done>\\d{1,9})/(?<total>\\d{1,9}) \\( {0,3}\\d{1,3}%\\)\\]`,
    ),
  },
  {
    // Train: [0/300][10/1251] eta 0:10:00: Swin and what descends from it
    name: 'trainBrackets',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'train',
    pattern: row(
      `(?<![A-Za-z])Train(?:ing)?:? {0,4}\\[ {0,4}(?<epoch>\\d{1,6})(?:/(?<epochs>\\d{1,6}))?\\] {0,4}\\[ {0,8}(?<done>\\d{1,9})/(?<total>\\d{1,9})\\]`,
      'i',
    ),
  },
  {
    // Train Epoch: 1 [640/60000 (1%)] Loss: 2.3: PyTorch's MNIST example; the count is of samples
    name: 'sampleCount',
    bar: false,
    counts: 'sample',
    proof: 'figure',
    label: 'samples',
    pattern: row(
      `(?<![A-Za-z])epoch[^\\w]{0,4}(?<epoch>\\d{1,6})[^\\w\\n]{1,8}\\[ {0,8}(?<done>\\d{1,9})/(?<total>\\d{1,9}) {0,3}\\( {0,3}\\d{1,3}(?:\\.\\d{1,3})? {0,2}%\\)\\]`,
      'i',
    ),
  },
  {
    // [Epoch 1] [120/938], Epoch: [0][ 10/5005], Epoch(train) [1][100/1000], Epoch [1/5], Step [100/600],
    // epoch 001:  120 / 938 loss=2.3. Counts with a percentage behind them are samples.
    name: 'epochPair',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'epoch',
    pattern: row(
      `(?<![A-Za-z])epochs?(?:\\(train\\))?[^\\w]{0,4}(?<epoch>\\d{1,6})(?: {0,3}(?:/|of) {0,3}(?<epochs>\\d{1,6}))?[^\\w\\n]{1,12}(?:(?:train(?:ing)?|batch|step|iter(?:ation)?|it|minibatch)(?:es|s)?[^\\w\\n]{0,6})?(?<!\\d)(?<done>\\d{1,9}) {0,6}/ {0,6}(?<total>\\d{1,9})(?!\\d|\\.\\d| {0,3}\\( {0,3}\\d{1,3}(?:\\.\\d{1,3})? {0,2}%)`,
      'i',
    ),
  },
  {
    // global_step=120, "num_updates": "120", nupdates: 120, GLOBAL_STEP: 120, [step=10/400,epoch=0]: the words alone say training
    name: 'globalStep',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'global step',
    pattern: row(
      `(?:(?<![A-Za-z\\d._])(?:global|optimizer|completed|training|train)[ _]step|(?<![A-Za-z])n(?:um_)?updates|\\[step)(?!/)${is}(?<done>${count})${wholeNumber}${outOf}`,
      'i',
    ),
  },
  ...trainerFormats,
  {
    // step 12/300 | loss 2.3, step=90, skipped=0: before `iteration`, which may count the parts of a step
    name: 'step',
    bar: false,
    counts: 'step',
    proof: 'figure',
    label: 'step',
    pattern: row(
      `(?<![A-Za-z\\d._/-])(?:steps?|updates?)(?![A-Za-z_/])${is}(?<done>${count})${wholeNumber}${outOf}`,
      'i',
    ),
  },
  {
    // iter 1200: loss 2.3, iteration   100/  500 | …, Epoch 1, batch 50, loss[…]
    name: 'iteration',
    bar: false,
    counts: 'step',
    proof: 'figure',
    label: 'iteration',
    pattern: row(
      `(?<![A-Za-z\\d._/-])(?:iters?|iterations?|batch|mini-?batch)(?:\\(train\\))?(?![A-Za-z_/])${is}(?<done>${count})${wholeNumber}${outOf}`,
      'i',
    ),
  },
  {
    // [===>...]  Step: 100ms | Tot: 3s | Loss: 1.2, then backspaces and 12/196: the bar of pytorch-cifar
    name: 'centredCount',
    bar: false,
    counts: 'step',
    proof: 'lineBefore',
    label: 'centred',
    pattern: row('^ {0,3}(?<done>\\d{1,9})/(?<total>\\d{1,9}) {0,3}$'),
  },
  {
    // I0101 12:00:00.0 logging_writer.py:48] [100] loss=0.3: Flax and CLU
    name: 'logWriter',
    bar: false,
    counts: 'step',
    proof: 'none',
    pattern: row(`logging_writer\\.py:\\d{1,5}\\] \\[(?<done>\\d{1,9})\\] (?=.{0,300}loss=)`),
  },
  {
    // Training ━━━━━━ 120/300 0:00:05: rich, when it says what it counts
    name: 'richNamed',
    bar: true,
    counts: 'step',
    proof: 'none',
    pattern: row(
      `(?:train(?:ing)?|steps?|iterations?)\\b[^\\d\\n]{0,12}[━╸╺─]{3,80} {0,4}(?<done>\\d{1,9})/(?<total>\\d{1,9})(?= |$)`,
      'i',
    ),
  },
  {
    // … Avg generation throughput: 512.3 tokens/s, Running: 3 reqs …: vLLM
    name: 'vllm',
    bar: false,
    counts: 'token',
    proof: 'none',
    label: 'generated',
    pattern: row(`(?<![A-Za-z])generation throughput: (?<rate>\\d{1,9}(?:\\.\\d{1,4})?) tokens/s`, 'i'),
  },
  {
    // … gen throughput (token/s): 512.30, …: SGLang
    name: 'sglang',
    bar: false,
    counts: 'token',
    proof: 'none',
    label: 'generated',
    pattern: row(
      `(?<![A-Za-z])gen(?:eration)? throughput \\(tok(?:en)?s?/s\\): (?<rate>\\d{1,9}(?:\\.\\d{1,4})?)`,
      'i',
    ),
  },
  {
    // Epoch: 012, Train: 0.92, Val: 0.77; epoch 3: {'accuracy': 0.81}; {'loss': 2.1, 'epoch': 0.25}
    name: 'epoch',
    bar: false,
    counts: 'epoch',
    proof: 'figure',
    label: 'epoch',
    pattern: row(
      `(?<![A-Za-z\\d._-])epoch(?![A-Za-z_])${is}(?<done>\\d{1,6}(?:\\.\\d{1,6})?)(?![\\d.]*\\d|[a-z%])(?: {0,3}(?:/|of) {0,3}(?<total>\\d{1,6})(?![\\d.]*\\d))?`,
      'i',
    ),
  },
];

/** Something to read at all: a digit, and one of the marks every format has. Cheap, for the bulk of output. */
export const mayCount = (line: string): boolean =>
  /\d/.test(line) && /\/|\[|step|iter|batch|update|epoch|learn|avg/i.test(line);
