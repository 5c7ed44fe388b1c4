/** What tensor methods, attributes and `torch` functions return. Data only. */

/** Reductions: without a dimension argument the result has no dimensions. */
export const reductions = new Set([
  'sum', 'mean', 'max', 'min', 'norm', 'std', 'var', 'prod', 'any', 'all', 'median', 'nansum', 'nanmean', 'amax', 'amin',
  'count_nonzero', 'logsumexp', 'argmax', 'argmin', 'dist', 'dot', 'trace', 'det',
]);

/** Methods that yield Python values (or NumPy arrays) and so make the host wait. */
export const hostReads = new Set(['item', 'tolist', 'numpy', 'cpu']);

/** Methods whose result is a plain host value without waiting for the device. */
export const hostMetadata = new Set([
  'size', 'dim', 'ndimension', 'numel', 'nelement', 'stride', 'element_size', 'storage_offset', 'data_ptr', 'get_device',
  'is_floating_point', 'is_complex', 'is_contiguous', 'is_pinned', 'type_as_string', '__len__', 'untyped_storage', 'storage',
]);

/** Attributes that are host values. */
export const hostAttributes = new Set([
  'shape', 'ndim', 'dtype', 'layout', 'requires_grad', 'is_cuda', 'is_leaf', 'is_sparse', 'names', 'itemsize', 'nbytes', 'grad_fn',
]);

/** Attributes that are tensors on the same device. */
export const tensorAttributes = new Set(['data', 'grad', 'T', 'mT', 'H', 'mH', 'real', 'imag', 'values', 'indices']);

/** Methods that yield several tensors. */
export const tensorTuples = new Set([
  'topk', 'sort', 'split', 'chunk', 'unbind', 'unique', 'cummax', 'cummin', 'kthvalue', 'mode', 'svd', 'qr', 'aminmax', 'tensor_split',
]);

/** Any other method is taken to return a tensor on the same device with the same shape class; these certainly do. */
export const elementwise = new Set([
  'detach', 'clone', 'float', 'double', 'half', 'bfloat16', 'long', 'int', 'bool', 'byte', 'contiguous', 'abs', 'exp', 'log', 'log2',
  'log10', 'sqrt', 'pow', 'square', 'neg', 'sigmoid', 'tanh', 'relu', 'clamp', 'clip', 'round', 'floor', 'ceil', 'div', 'mul', 'add',
  'sub', 'true_divide', 'type', 'requires_grad_', 'detach_', 'add_', 'mul_', 'div_', 'sub_', 'nan_to_num', 'reciprocal', 'rsqrt', 'sin',
  'cos', 'log1p', 'expm1', 'type_as', 'squeeze', 'retain_grad', 'zero_', 'fill_', 'copy_', 'isnan', 'isinf', 'isfinite', 'logical_not',
]);

export const booleanMethods = new Set([
  'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'equal_elementwise', 'isnan', 'isinf', 'isfinite', 'logical_and', 'logical_or', 'logical_not',
  'isclose', 'any', 'all', 'bool',
]);

export const integerMethods = new Set(['argmax', 'argmin', 'argsort', 'long', 'int', 'count_nonzero', 'nonzero', 'byte']);
export const floatMethods = new Set(['float', 'double', 'half', 'bfloat16', 'mean', 'softmax', 'log_softmax', 'sigmoid', 'norm', 'std', 'var']);

/** `torch.x(...)`: makes a tensor from nothing or from host data; on the CPU unless `device=` says otherwise. */
export const factories = new Set([
  'tensor', 'as_tensor', 'zeros', 'ones', 'empty', 'full', 'rand', 'randn', 'randint', 'randperm', 'arange', 'linspace', 'logspace',
  'eye', 'from_numpy', 'FloatTensor', 'LongTensor', 'IntTensor', 'ByteTensor', 'BoolTensor', 'DoubleTensor', 'Tensor', 'normal',
  'multinomial', 'bernoulli', 'frombuffer', 'scalar_tensor', 'complex', 'tril_indices', 'triu_indices',
]);

/** `torch.x(tensor, ...)`: where the data already is. */
export const likeFactories = new Set(['zeros_like', 'ones_like', 'empty_like', 'rand_like', 'randn_like', 'full_like']);

/** Functions of `torch` that return host values. */
export const hostFunctions = new Set([
  'is_tensor', 'numel', 'manual_seed', 'initial_seed', 'get_default_dtype', 'save', 'set_grad_enabled', 'no_grad', 'device', 'Generator',
  'equal', 'allclose', 'is_grad_enabled', 'seed', 'finfo', 'iinfo', 'get_rng_state', 'set_default_dtype', 'set_default_device',
  'use_deterministic_algorithms', 'set_float32_matmul_precision', 'is_floating_point', 'is_storage', 'Size', 'set_num_threads', 'load',
]);

/** Loss functions of `torch.nn.functional`: no dimensions unless `reduction='none'`. */
export const functionalLosses = new Set([
  'cross_entropy', 'nll_loss', 'mse_loss', 'l1_loss', 'smooth_l1_loss', 'huber_loss', 'binary_cross_entropy',
  'binary_cross_entropy_with_logits', 'kl_div', 'cosine_embedding_loss', 'ctc_loss', 'gaussian_nll_loss', 'hinge_embedding_loss',
  'margin_ranking_loss', 'multi_margin_loss', 'multilabel_margin_loss', 'multilabel_soft_margin_loss', 'poisson_nll_loss',
  'soft_margin_loss', 'triplet_margin_loss', 'triplet_margin_with_distance_loss',
]);

/** Loss classes of `torch.nn` end in this. */
export const lossClass = /Loss\d?d?$/;

/** Attributes of model outputs that are a scalar loss. */
export const lossAttributes = new Set(['loss', 'aux_loss', 'nll_loss', 'total_loss']);
