/**
 * Frameworks that own the loop: which methods of their classes they call themselves, how often, whether they record
 * gradients meanwhile, and what they pass. Where versions differ the newest stands, and older names beside it: a method
 * that only an old version calls is only written for that version.
 */

export type Framework =
  | 'lightning'
  | 'trainer'
  | 'keras'
  | 'catalyst'
  | 'composer'
  | 'detectron2'
  | 'mmengine'
  | 'ignite'
  | 'serving';

/** `forward`: no hook by itself, but reached from one, with what the hook is passed. */
type Runs = 'train' | 'eval' | 'trainEpoch' | 'evalEpoch' | 'forward' | 'request';

export interface Hook {
  /** Whole names of methods. */
  readonly names: RegExp;
  readonly runs: Runs;
  /** What the framework does around it: off for all that runs inside, or left as the code has it. */
  readonly gradients: 'recorded' | 'off' | 'unknown';
  /** Parameters that are models, on their device by then. */
  readonly models: RegExp;
  /** Parameters that hold what the framework has put on the device. */
  readonly onDevice: RegExp;
  /** Other hooks call it in what the library has of them: a step of its own only where no step of the file reaches it. */
  readonly inner?: true;
}

export interface HookedClass {
  readonly framework: Framework;
  /** As it is spoken of. */
  readonly called: string;
  /** Qualified names of the base classes. */
  readonly bases: RegExp;
  /** A base is only meant beside an import that matches. */
  readonly beside?: RegExp;
  readonly hooks: readonly Hook[];
  /** Attributes that the framework has filled before any hook runs: models, on their device. */
  readonly models?: RegExp;
  /** Likewise: what prepares loaders and gathers results. */
  readonly accelerator?: RegExp;
}

const nothing = /^(?!)/;
const modelNames = /^(model|pl_module)$/;
/** All that is passed for a batch; indices, counters and the trainer itself are none of it. */
const batchNames =
  /^(?!(?:\w*_)?(?:idx|index|step|nb|epoch|stage|phase|mode|split|prefix|optimizer|scheduler|keys|only|return_outputs|train_eval)$)/;
/** Of callbacks and of hooks around the step. */
const passedOn = /^(batch|outputs?|loss|inputs|data_batch)$/;

const lightningHooks: readonly Hook[] = [
  {
    // Until 2.0 the results of several devices were joined in `*_step_end`.
    names: /^training_step(_end)?$/,
    runs: 'train',
    gradients: 'recorded',
    models: modelNames,
    onDevice: batchNames,
  },
  {
    names: /^(validation|test|predict)_step(_end)?$/,
    runs: 'eval',
    gradients: 'off',
    models: modelNames,
    onDevice: batchNames,
  },
  {
    names:
      /^(on_train_batch_(start|end)|on_(before|after)_backward|on_before_(optimizer_step|zero_grad)|optimizer_step|optimizer_zero_grad|configure_gradient_clipping|lr_scheduler_step|backward)$/,
    runs: 'train',
    gradients: 'recorded',
    models: modelNames,
    onDevice: passedOn,
  },
  {
    names: /^on_(validation|test|predict)_batch_(start|end)$/,
    runs: 'eval',
    gradients: 'off',
    models: modelNames,
    onDevice: passedOn,
  },
  {
    // Until 2.0 `*_epoch_end(self, outputs)`.
    names: /^(training_epoch_end|on_train_(start|end|epoch_(start|end))|on_fit_(start|end))$/,
    runs: 'trainEpoch',
    gradients: 'recorded',
    models: modelNames,
    onDevice: /^outputs$/,
  },
  {
    names:
      /^((validation|test|predict)_epoch_end|on_(validation|test|predict)_(start|end|epoch_(start|end)))$/,
    runs: 'evalEpoch',
    gradients: 'off',
    models: modelNames,
    onDevice: /^outputs$/,
  },
  {
    names: /^_?(shared|common)_(eval_)?step$|^forward$/,
    runs: 'forward',
    gradients: 'unknown',
    models: modelNames,
    onDevice: batchNames,
  },
];

/** Functions that answer a request: gradients are as the code has them. */
export const answers: Hook = {
  names: /^/,
  runs: 'request',
  gradients: 'recorded',
  models: nothing,
  onDevice: nothing,
};

export const hookedClasses: readonly HookedClass[] = [
  {
    framework: 'lightning',
    called: 'Lightning',
    bases: /^lightning\.(LightningModule|core\.\w+)$/,
    hooks: lightningHooks,
  },
  {
    framework: 'lightning',
    called: 'Lightning',
    bases: /^lightning\.(Callback|callbacks\.(\w+\.)*[A-Z]\w*)$/,
    hooks: lightningHooks
      .filter((hook) => hook.onDevice !== batchNames)
      .map((hook) => ({ ...hook, models: /^pl_module$/ })),
  },
  {
    framework: 'trainer',
    called: 'the Trainer',
    bases:
      /^((transformers|trl|sentence_transformers|optimum|adapters|unsloth)\.(\w+\.)*\w*Trainer|peft\.\w*Trainer)$/,
    hooks: trainerHooks(),
    models: /^(model|ref_model|model_wrapped)$/,
    accelerator: /^accelerator$/,
  },
  {
    framework: 'trainer',
    called: 'the Trainer',
    // A base from a neighbouring file that was not found, by its name.
    bases: /^\.[\w.]*Trainer$/,
    beside: /\b(transformers|accelerate)\b/,
    hooks: trainerHooks(),
    models: /^(model|ref_model|model_wrapped)$/,
    accelerator: /^accelerator$/,
  },
  {
    framework: 'trainer',
    called: 'the Trainer',
    bases: /^transformers\.(\w+\.)*(TrainerCallback|\w+Callback)$/,
    hooks: [
      {
        names: /^on_(step|substep)_(begin|end)$|^on_(pre_)?optimizer_step$/,
        runs: 'train',
        gradients: 'recorded',
        models: modelNames,
        onDevice: nothing,
      },
      // `prediction_step` switches gradients off for itself only.
      {
        names: /^on_prediction_step$/,
        runs: 'eval',
        gradients: 'recorded',
        models: modelNames,
        onDevice: nothing,
      },
      {
        names: /^on_(epoch_(begin|end)|train_(begin|end)|log|save|evaluate|predict|init_end)$/,
        runs: 'trainEpoch',
        gradients: 'recorded',
        models: modelNames,
        onDevice: nothing,
      },
    ],
  },
  {
    // With the torch backend its steps run as they stand; with the others they are traced, and nothing in them waits.
    framework: 'keras',
    called: 'Keras',
    bases: /^keras\.(\w+\.)*(Model|Sequential|Functional)$/,
    beside: /^[ \t]*import torch\b/m,
    hooks: [
      { names: /^train_step$/, runs: 'train', gradients: 'recorded', models: nothing, onDevice: nothing },
      { names: /^(test|predict)_step$/, runs: 'eval', gradients: 'off', models: nothing, onDevice: nothing },
    ],
  },
  {
    framework: 'catalyst',
    called: 'Catalyst',
    bases: /^catalyst\.(\w+\.)*\w*Runner$/,
    hooks: [
      // One hook for all loaders, with gradients for those that train.
      {
        names: /^(handle_batch|_handle_batch|_?handle_train_batch)$/,
        runs: 'train',
        gradients: 'unknown',
        models: nothing,
        onDevice: /^batch$/,
      },
    ],
    models: /^model$/,
  },
  {
    framework: 'composer',
    called: 'Composer',
    bases: /^composer\.(\w+\.)*(ComposerModel|ComposerClassifier|HuggingFaceModel)$/,
    hooks: [
      {
        names: /^loss$/,
        runs: 'train',
        gradients: 'recorded',
        models: nothing,
        onDevice: /^(outputs?|batch)$/,
      },
      {
        names: /^(eval_forward|update_metric)$/,
        runs: 'eval',
        gradients: 'off',
        models: nothing,
        onDevice: /^(outputs?|batch)$/,
      },
      { names: /^forward$/, runs: 'forward', gradients: 'unknown', models: nothing, onDevice: /^batch$/ },
    ],
  },
  {
    framework: 'detectron2',
    called: 'detectron2',
    bases: /^detectron2\.engine\.(\w+\.)*(HookBase|TrainerBase|SimpleTrainer|AMPTrainer|DefaultTrainer)$/,
    hooks: [
      {
        names: /^(run_step|before_step|after_step|after_backward)$/,
        runs: 'train',
        gradients: 'recorded',
        models: nothing,
        onDevice: nothing,
      },
    ],
    models: /^model$/,
  },
  {
    framework: 'mmengine',
    called: 'the Runner',
    bases: /^(mmengine|mmcv\.runner)\.(\w+\.)*\w*Hook$/,
    hooks: [
      {
        names: /^(before|after)_train_iter$/,
        runs: 'train',
        gradients: 'recorded',
        models: nothing,
        onDevice: /^(outputs|data_batch)$/,
      },
      {
        names: /^(before|after)_(val|test)_iter$/,
        runs: 'eval',
        gradients: 'off',
        models: nothing,
        onDevice: /^(outputs|data_batch)$/,
      },
    ],
  },
  {
    // The library's own `inference` switches gradients off inside itself; one that replaces it must do so too.
    framework: 'serving',
    called: 'TorchServe',
    bases: /^ts\.torch_handler\.(\w+\.)*\w*(Handler|Classifier|Segmenter|Detector)$/,
    hooks: [{ ...answers, names: /^(preprocess|inference|postprocess|handle)$/ }],
    models: /^model$/,
  },
];

/** Calls whose first argument is a function that the framework then calls for each batch, to train or to evaluate. */
export const batchFunctions: readonly { readonly call: RegExp; readonly of: HookedClass }[] = [
  {
    call: /^ignite\.engine\.(engine\.)?Engine$/,
    of: { framework: 'ignite', called: 'Ignite', bases: nothing, hooks: [] },
  },
];
/** What such a function is to the framework: it is passed what the loader gives, and gradients are as the code has them. */
export const batchFunction: Hook = {
  names: /^/,
  runs: 'train',
  gradients: 'recorded',
  models: nothing,
  onDevice: nothing,
};

/** Objects whose methods register a function for a path, and these methods. */
export const router =
  /^(fastapi\.(applications\.|routing\.)?(FastAPI|APIRouter)|flask\.(\w+\.)?(Flask|Blueprint)|quart\.(Quart|Blueprint)|sanic\.(Sanic|Blueprint))$/;
export const registering = /^(get|post|put|patch|route|api_route|websocket)$/;

/** Of Hugging Face's Trainer and of what TRL builds on it. */
function trainerHooks(): Hook[] {
  const common = { models: modelNames, onDevice: batchNames };
  return [
    {
      names: /^(training_step|compute_loss|_training_step)$/,
      runs: 'train',
      gradients: 'recorded',
      ...common,
    },
    // The library's own switches gradients off inside itself: one that replaces it must do so too.
    { names: /^prediction_step$/, runs: 'eval', gradients: 'unknown', ...common },
    {
      names: /^(get_batch_loss_metrics|concatenated_forward|_compute_loss)$/,
      runs: 'train',
      gradients: 'unknown',
      inner: true,
      ...common,
    },
  ];
}
