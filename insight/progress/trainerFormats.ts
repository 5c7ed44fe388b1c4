/** Trainers that write their count in a way of their own. The words or the shape of the whole line alone say training. */

import type { ProgressFormat } from './progressFormat.ts';

export const trainerFormats: readonly ProgressFormat[] = [
  {
    // Ep. 1 : Up. 100 : Sen. 12,800 : Cost 8.2: Marian
    name: 'marian',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'updates',
    pattern: /(?<![A-Za-z])Ep\. (?<epoch>\d{1,6}) : Up\. (?<done>\d{1,9}) : Sen\. /,
  },
  {
    // 5epoch:train:51-100batch: iter_time=0.001, loss=1.7: ESPnet, from and to within the epoch
    name: 'espnet',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'batch',
    pattern: /(?<![\w.])(?<epoch>\d{1,6})epoch:train:\d{1,9}-(?<done>\d{1,9})batch:/,
  },
  {
    // 0:11:11 -    1135 -   56.12 sent/s -  2143.80 words/s - MLM-en: 7.7: XLM
    name: 'xlm',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'count',
    pattern: / - {1,9}(?<done>\d{1,9}) - {1,9}[\d.]{1,12} sent\/s - /,
  },
  {
    // 16:	learn: 1.59	total: 2m 40s	remaining: 28m: CatBoost, a tree a step
    name: 'catboost',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'tree',
    pattern: /^(?<done>\d{1,9}):\s{0,8}learn:? -?\d/,
  },
  {
    //  2: 2099.2, 2097.3 avg loss, 0.001 rate, 1.98 seconds, 128 images: Darknet
    name: 'darknet',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'batch',
    pattern: /^ {0,3}(?<done>\d{1,9}): -?[\d.na]{1,20}, -?[\d.na]{1,20} avg(?: loss)?, [\d.]{1,12} rate/,
  },
  {
    // tick 14   kimg 70.1   time 1h 38m   sec/tick 366.1: StyleGAN, thousands of images shown
    name: 'stylegan',
    bar: false,
    counts: 'sample',
    proof: 'none',
    label: 'images',
    each: 1000,
    pattern: /^tick \d{1,9} {1,8}kimg (?<done>\d{1,7}(?:\.\d)?) /,
  },
  {
    // TRAIN | steps/sec 12.5| Batch 0/50 loss 2.3: epoch and batch, with a stroke between (WeNet)
    name: 'wenet',
    bar: false,
    counts: 'step',
    proof: 'none',
    label: 'batch',
    pattern:
      /(?<![A-Za-z])TRAIN \| (?:steps\/sec [\d.]{1,12}\| )?Batch (?<epoch>\d{1,6})\/(?<done>\d{1,9}) loss/,
  },
];
