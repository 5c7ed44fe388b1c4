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

/** What a loop of a library passes to those it tells of each batch. */
const passedOn = /^(state|runner|trainer|outputs?|preds?|logits|batch|data_batch|loss)$/;

export const stepRoles: readonly StepRole[] = [
  { called: 'the module', bases: moduleClass, names: /^forward$/, runs: 'train', onDevice: tensorNames },
  {
    // A model that makes its own loss, or has more than one way forward. `forward_dummy` only counts operations.
    called: 'the module',
    bases: moduleClass,
    names:
      /^_?forward_(?!dummy)\w+$|^(\w+_)?forward_pass$|^_?(calc|calculate|compute|get)_loss(es)?$|^(p_)?losses$|^loss$/,
    runs: 'train',
    onDevice: tensorNames,
  },
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
    // Of engines that serve: a server calls them for each token of all requests.
    called: 'the decoding',
    names: /^_?(generate_token|decode_(one_)?tokens?(_\w+)?|(forward_)?decode_step|sample_(next_)?tokens?)$/,
    runs: 'eval',
    onDevice: /^(input_ids|logits|scores|position_ids)$/,
  },
  {
    // Whatever calls them, these names say how often.
    called: 'the callback',
    owner: /(Callback|Hook)s?$/,
    names:
      /^on_((train|training|valid|validation|val|test|eval)_)?(batch|step|iter|iteration)_(begin|start|end)$|^(before|after)_((train|valid|val|test)_)?(batch|step|iter)$/,
    runs: 'train',
    onDevice: passedOn,
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

/** A function that goes backward and steps the optimizer itself, once each time it is called, and that nobody in sight calls. */
export interface Update {
  readonly role: StepRole;
  /** One of its parameters holds a batch. */
  readonly takes: RegExp;
  /** Or its own name says that it is called for each. */
  readonly named: RegExp;
  /** Names of functions that do it for all of the data, or once. */
  readonly never: RegExp;
}

export const update: Update = {
  role: { called: 'the training', names: /^/, runs: 'train', onDevice: nothing },
  takes:
    /batch|^(x|inputs?|images?|imgs?|samples?|obs|observations?|states?|transitions?|experiences?|tokens)$/i,
  named: /^_?(optimize_(parameters|model|step)|update(_\w+)?|learn(_batch)?|train_on_batch)$/,
  never: /epoch|main|demo|example|attack|adapt|finetune|invert|^_?(test|run|fit|full|overfit)/i,
};

/** Methods of torch that take a function and call it in each pass, or each update. */
export interface HookRegistration {
  readonly method: RegExp;
  /** Which argument is the function. */
  readonly argument: number;
  readonly role: StepRole;
}

export const hookRegistrations: readonly HookRegistration[] = [
  {
    method: /^register_(forward|forward_pre|full_backward|full_backward_pre|backward)_hook$/,
    argument: 0,
    role: { called: 'the module', names: /^/, runs: 'train', onDevice: nothing },
  },
  {
    method: /^register_(hook|post_accumulate_grad_hook)$/,
    argument: 0,
    role: { called: 'the backward pass', names: /^/, runs: 'train', onDevice: nothing },
  },
  {
    method: /^register_comm_hook$/,
    argument: 1,
    role: { called: 'the backward pass', names: /^/, runs: 'train', onDevice: nothing },
  },
  {
    method: /^register_step_(pre|post)_hook$/,
    argument: 0,
    role: { called: 'the optimizer', names: /^/, runs: 'train', onDevice: nothing },
  },
];

/** Around a hook: it looks at one pass, to count or to show what a network is made of. */
export const looksOnce = /summary|flops|macs|count|profil|visuali[sz]e|inspect|debug|shape/i;
