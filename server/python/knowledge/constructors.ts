/** Which library calls make modules, loaders, data sets and optimizers. Patterns over qualified names, first match wins. */

import type { Kind } from '../values.ts';

export interface Constructor {
  readonly pattern: RegExp;
  readonly kind: Kind;
}

export const constructors: readonly Constructor[] = [
  { pattern: /^torch\.utils\.data\.DataLoader$/, kind: 'loader' },
  {
    pattern:
      /^(torch_geometric\.(loader|data)\.\w*Loader|torch_geometric\.loader\.dataloader\.DataLoader|monai\.data\.\w*DataLoader|dgl\.dataloading\.\w+|torchdata\.stateful_dataloader\.StatefulDataLoader|nvidia\.dali\.plugin\.pytorch\.\w*Iterator|ffcv\.loader\.Loader|webdataset\.WebLoader|timm\.data\.create_loader|torch_geometric\.data\.DataLoader)$/,
    kind: 'loader',
  },
  {
    pattern:
      /^torch\.utils\.data\.(Subset|ConcatDataset|TensorDataset|Dataset|IterableDataset|ChainDataset|StackDataset)$|^torchvision\.datasets\.[A-Z]\w*$|^torchaudio\.datasets\.[A-Z]\w*$|^datasets\.load_dataset$|^datasets\.Dataset\.\w+$|^datasets\.load_from_disk$|^monai\.data\.Dataset$/,
    kind: 'dataset',
  },
  {
    pattern:
      /^torch\.nn\.(utils\.)?(parallel\.)?(DataParallel|DistributedDataParallel)$|^torch\.nn\.parallel\.distributed\.DistributedDataParallel$|^torch\.compile$|^torch\.jit\.script$/,
    kind: 'module',
  },
  { pattern: /^torch\.nn\.(Parameter|parameter\.Parameter)$/, kind: 'tensor' },
  { pattern: /^torch\.nn\.[A-Z]\w*$/, kind: 'module' },
  { pattern: /^torchvision\.models\.([\w.]+\.)?[a-z]\w*$|^torchvision\.models\.[A-Z]\w*$/, kind: 'module' },
  { pattern: /^(timm\.create_model|timm\.models\.create_model|torch\.hub\.load)$/, kind: 'module' },
  {
    pattern:
      /^(torch_geometric|dgl)\.nn\.([\w.]+\.)?[A-Z]\w*$|^segmentation_models_pytorch\.[A-Z]\w*$|^monai\.(networks|losses)\.([\w.]+\.)?[A-Z]\w*$/,
    kind: 'module',
  },
  { pattern: /^(lpips\.LPIPS|kornia\.losses\.[A-Z]\w*|pytorch_msssim\.[A-Z]\w*)$/, kind: 'module' },
  {
    pattern:
      /^transformers\.(AutoModel\w*|\w+Model|\w+For[A-Z]\w*|\w+LMHeadModel)(\.from_pretrained|\.from_config)?$/,
    kind: 'module',
  },
  {
    pattern:
      /^diffusers\.(\w+Model|Autoencoder\w+|AutoencoderKL|UNet\w+|VQModel|ControlNetModel)(\.from_pretrained|\.from_config)?$/,
    kind: 'module',
  },
  { pattern: /^peft\.(get_peft_model|PeftModel\.from_pretrained)$/, kind: 'module' },
  {
    pattern:
      /^torch\.optim\.[A-Z]\w*$|^(bitsandbytes|apex)\.optim(izers)?\.[A-Z]\w*$|^transformers\.(AdamW|Adafactor)$/,
    kind: 'optimizer',
  },
];

/** `__dict__` of modules whose functions each make a network: which of them is run is often an option. */
export const networksByName = /^torchvision\.models(\.\w+)*\.__dict__$/;

export const networkList = 'torch.nn.ModuleList';

/** Calls that hand back their first argument, still the same thing to us. */
export const passThrough =
  /^(torch\.nn\.(parallel\.)?(DataParallel|DistributedDataParallel)|torch\.nn\.parallel\.distributed\.DistributedDataParallel|torch\.compile|torch\.jit\.script|torch\.nn\.SyncBatchNorm\.convert_sync_batchnorm|peft\.get_peft_model|copy\.deepcopy|copy\.copy|torch\.distributed\.fsdp\.FullyShardedDataParallel|torch\.nn\.utils\.weight_norm|torch\.nn\.utils\.spectral_norm|torch\.utils\.data\.Subset|typing\.cast)$/;

/** Wrapping an iterable in these keeps what it yields. The number says which argument. */
export const iterableWrappers: Readonly<Record<string, number>> = {
  'tqdm.tqdm': 0,
  'tqdm.trange': -1,
  'rich.progress.track': 0,
  'itertools.islice': 0,
  'itertools.cycle': 0,
  'fastprogress.progress_bar': 0,
  'alive_progress.alive_it': 0,
  'progressbar.progressbar': 0,
  'torch_xla.distributed.parallel_loader.MpDeviceLoader': -1,
};

/** Trailing names of wrappers that projects write themselves: they yield what they are given. */
export const wrapperNames =
  /^(tqdm|track|progress_bar|prefetch\w*|DataPrefetcher|data_prefetcher|cycle|inf_loop|infinite\w*|log_every|cuda_prefetch\w*|Prefetch\w*)$/;

/** Libraries whose results live on the host whatever goes in. */
export const hostLibraries =
  /^(numpy|sklearn|scipy|pandas|math|random|os|sys|time|json|csv|re|cv2|PIL|matplotlib|skimage|nltk|evaluate|sacrebleu|rouge_score|editdistance|Levenshtein|gym|gymnasium|collections|itertools|functools|pathlib|datetime|logging|argparse|string|copy|pickle|statistics)(\.|$)/;

/** Methods by which published networks run forward beside `forward`; none of them switches gradients off by itself. */
export const forwardMethods =
  /^(forward_features|extract_features|encode_(text|image|audio)|get_(text|image|audio)_features)$/;

export const moduleClass =
  /^torch\.nn\.[A-Z]\w*$|^lightning\.(LightningModule|core\.\w+)$|^transformers\.([\w.]+\.)?(PreTrainedModel|\w+Model|\w+For[A-Z]\w*)$|^diffusers\.ModelMixin$|^torch_geometric\.nn\.\w+$/;
export const datasetClass =
  /^torch\.utils\.data\.(Dataset|IterableDataset|ConcatDataset|Subset|TensorDataset)$|^torchvision\.datasets\.\w+$|^torch_geometric\.data\.\w*Dataset$/;
