/** What is known to give the device work, or to do nothing with it, and not to look at any value there. */

/** Libraries whose functions queue work and do not look at it, but for those below. */
export const quietFunction =
  /^(torch|torchvision|torchaudio|functorch|builtins|copy|inspect|itertools|functools|collections|contextlib|einops|timm|accelerate|diffusers|peft)(\.|$)/;

/** Functions of them that look: at how many there are, whether something failed, or at what they are to write down. */
export const askingFunction =
  /^torch\.((\w+\.)*(nonzero|argwhere|masked_select|unique|unique_consecutive|bincount|histc|equal|allclose|is_nonzero|multinomial|repeat_interleave|combinations|save|one_hot|pack_padded_sequence|pad_packed_sequence|pack_sequence|ctc_loss|inverse|svd|symeig|eig|cholesky|solve|lstsq|pinverse|matrix_rank|slogdet|item)|linalg\.\w+|utils\.tensorboard\..+|distributed\.(barrier|monitored_barrier|\w*object\w*)|hub\..+|load|cuda\.(synchronize|empty_cache|ipc_collect|amp\.GradScaler|memory_\w+)|autograd\.(detect_anomaly|gradcheck))$|^torchvision\.(utils|ops|io)\./;

/** Methods that look at the tensor they are called on. */
export const askingMethod =
  /^(item|tolist|cpu|numpy|nonzero|argwhere|masked_select|masked_scatter_?|unique|unique_consecutive|bincount|histc|equal|allclose|is_nonzero|multinomial|repeat_interleave|inverse|svd|symeig|eig|cholesky|solve|lstsq|pinverse|slogdet|__bool__|__float__|__int__)$/;

/** Builtins that make texts, numbers or an order of what they are given. */
export const lookingBuiltin =
  /^builtins\.(float|int|bool|str|repr|format|print|max|min|sorted|any|all|round|complex|range|divmod|pow|hex|bin|chr|ascii|filter)$|^(math|operator)\./;

/** Networks of these libraries run without asking the device anything; not those that suppress boxes or come from a hub. */
export function quietNetwork(type: string): boolean {
  return quietNetworks.test(type) && !askingNetworks.test(type);
}

const quietNetworks =
  /^(torch\.(nn|jit|compile)|torchvision|torchaudio|timm|diffusers|segmentation_models_pytorch|efficientnet_pytorch|transformers\.(CLIP\w*|ViT\w*|AutoModelForImage\w*))(\.|$)/;
const askingNetworks = /^torchvision\.(models\.detection|ops)(\.|$)|^torch\.nn\.CTCLoss$/;

/** What is done to networks beside running them. */
export const quietNetworkMethod =
  /^(__init__|to|cuda|half|float|bfloat16|train|eval|parameters|named_parameters|modules|named_modules|children|named_children|buffers|state_dict|zero_grad|requires_grad_|register_\w+|no_sync|apply|log|log_dict|print|optimizers|lr_schedulers|manual_backward|toggle_optimizer|untoggle_optimizer|clip_gradients|append|extend|items|keys|values)$/;

/** Methods that queue work, move or hand on what they are given, on objects of which nothing else is known. */
export const quietObjectMethod =
  /^(__init__|to|cuda|type|backward|zero_grad|train|eval|parameters|named_parameters|state_dict|clip_grad_(norm|value)_|unwrap_model|accumulate|append|extend|items|keys|values|get|pop|setdefault|add_noise|get_velocity)$/;

/** Methods that write down what they are given, on objects of which nothing else is known. */
export const recordingMethod =
  /^(log|log_dict|log_\w+|add_scalars?|update|set_postfix(_str)?|set_description(_str)?|format|info|debug|warning|error|write|print|flush|close|split|join|startswith|endswith|replace|strip|lower|upper|time|item)$/;

/** Methods of tensors, and of nothing else, that hand on or compute tensors without looking at a value. */
export const quietTensorMethod =
  /^(view|view_as|reshape|reshape_as|permute|transpose|t|unsqueeze|flatten|unflatten|expand|expand_as|repeat|contiguous|narrow|select|gather|scatter_?|scatter_add_?|index_select|index_fill_?|index_add_?|masked_fill_?|softmax|log_softmax|matmul|mm|bmm|addmm|roll|flip|cumsum|cumprod|tril|triu|diagonal|diag|clamp_?|clamp_(min|max)_?|lerp_?|erf|sign|new_(zeros|ones|empty|full|tensor)|normal_|uniform_|random_|bernoulli_?|exponential_|sub|addcmul_?|addcdiv_?|outer|swapaxes|movedim|unfold|fill_|triu_|tril_|cuda|pin_memory|record_stream|where|logical_\w+|new)$/;

/** Objects that hold settings, by the names they usually go by; and an object's own attributes, of which only tensors are known as such. */
export const settingsName =
  /^(self|args?|opts?|options?|cfg|config|conf|hparams|hps|params?|flags|FLAGS|CFG|C|settings)$/;

/** Whether there is a GPU. */
export const asksForGpu = /^(use_|has_|is_)?(cuda|gpu)(_available)?$/i;
