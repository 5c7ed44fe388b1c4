/**
 * Code that runs in every step by what it is, whoever calls it: what a library is for is seen in its classes, not in its
 * loops. Where a loop or a hook of the file calls it too, that counts instead.
 */

import { moduleClass } from './constructors.ts';

export interface StepRole {
  /** As it is spoken of. */
  readonly called: string;
  /** Qualified names of the base classes; of any class and of plain functions where there is none. */
  readonly bases?: RegExp;
  /** Names of the classes themselves. */
  readonly owner?: RegExp;
  /** Whole names of methods. */
  readonly names: RegExp;
  readonly runs: 'train' | 'eval';
  /** Parameters that hold what lies on the device by then, where it is a GPU. */
  readonly onDevice: RegExp;
}

export const optimizerClass = /^torch\.optim\.(\w+\.)*[A-Z]\w*$/;

const nothing = /^(?!)/;
/** Counters, names and settings are no tensors, whatever else a module is passed. */
const tensorNames =
  /^(?!(?:\w*_)?(?:idx|index|step|nb|num|n|k|epoch|stage|phase|mode|split|prefix|name|names|key|keys|only|config|cfg|opt|args|kwargs|options?|size|shape|sizes|shapes|dim|dims|training|train|path|dtype|device|fn|func|eps|scale|alpha|beta|gamma|temperature|dropout|reduction|return\w*|use\w*|is\w*|ctx)$)/;

export const stepRoles: readonly StepRole[] = [
  { called: 'the module', bases: moduleClass, names: /^forward$/, runs: 'train', onDevice: tensorNames },
  {
    called: 'the function',
    bases: /^torch\.autograd\.(function\.)?Function$/,
    names: /^(forward|backward)$/,
    runs: 'train',
    onDevice: tensorNames,
  },
  {
    called: 'the optimizer',
    bases: optimizerClass,
    names: /^step$/,
    runs: 'train',
    onDevice: nothing,
  },
  {
    called: 'the metric',
    bases: /^torchmetrics\.(\w+\.)*[A-Z]\w*$/,
    names: /^update$/,
    runs: 'eval',
    onDevice: tensorNames,
  },
  {
    called: 'the scheduler',
    bases: /(^|\.)SchedulerMixin$/,
    names: /^step$/,
    runs: 'eval',
    onDevice: /^(model_output|sample|noise)$/,
  },
  {
    called: 'the generation',
    bases: /^transformers\.(\w+\.)*(LogitsProcessor|LogitsWarper|StoppingCriteria)$/,
    names: /^__call__$/,
    runs: 'eval',
    onDevice: /^(input_ids|scores|logits)$/,
  },
  {
    called: 'the training',
    names: /^_?train(ing)?_(one_)?(step|batch|mini_?batch|micro_?batch)$/,
    runs: 'train',
    onDevice: nothing,
  },
  {
    called: 'the moving average',
    owner: /^\w*(EMA|Ema|ExponentialMovingAverage)\w*$/,
    names: /^(step|update|update_parameters|update_model_average)$/,
    runs: 'train',
    onDevice: /^(parameters|params)$/,
  },
  {
    called: 'the search',
    owner: /Beam|Search|Decod/,
    names: /^(advance|update_finished)$/,
    runs: 'eval',
    onDevice: /^(log_?probs?|log_?softmax|word_?probs?|logits|scores|attn)$/i,
  },
  {
    // There are gradients only after a backward pass, and they are looked at once each time; to print them is no step's work.
    called: 'the training',
    names:
      /^_?(?!(test|print|show|plot|log|debug|check)_)(\w+_)?(grads?|gradients?)_(total_)?norms?(_\w+)?$|^_?clip_(grads?|gradients?)(_\w+)?$/,
    runs: 'train',
    onDevice: /^(\w+_)?(params?|parameters|grads?|gradients|tensors)$/,
  },
];
