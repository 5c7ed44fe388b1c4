/** What makes the host wait for the device besides reads of single values. */

/** Calls after which nothing is left in the queue, and which something needs. */
export const waitingFunction =
  /^torch\.cuda\.(synchronize|current_stream\.synchronize)$|^torchvision\.utils\.save_image$/;

/** Methods that look at values on the host while they work: each token that is generated, or decoded. */
export const waitingMethod = /^(generate|batch_decode)$/;

/** Calls that end with an empty queue, until new work is given. NCCL's barrier waits for its stream. */
export const settlingFunction =
  /^torch\.distributed\.(barrier|monitored_barrier)$|^horovod\.torch\.(allreduce|allgather|broadcast|barrier)$/;

/** Accelerate's meeting of all processes; nothing where only one runs. */
export const settlingMethod = /^wait_for_everyone$/;

/** How large the result is depends on the values, and the host has to know: of their first argument, or of their object. */
export const countedFunction = /^torch\.(nonzero|argwhere|masked_select|unique|unique_consecutive|bincount)$/;
export const countedMethod = /^(nonzero|argwhere|masked_select|unique|unique_consecutive|bincount)$/;

/** Constructors that test the values they are given, unless told not to (`validate_args=False`). */
export const checkedFunction = /^torch\.distributions\.[A-Z]\w*$/;

/** Libraries whose functions and objects queue work and do not look at it, but for those named above. */
export const quietLibrary =
  /^(torch|torchvision|torchaudio|functorch|builtins|copy|inspect|itertools|math|einops|timm|apex|accelerate|deepspeed|lightning|diffusers|transformers|kornia|xformers|peft)(\.|$)/;

/** Functions and methods by their last name that queue work, or record what they are given, wherever they come from. */
export const quietName =
  /loss|criterion|crit$|backward|objective|schedul|mixup|cutmix|augment|^(append|extend|add|insert|put|setdefault|to|cuda|format|log|log_\w+|record|record_stream|print|add_noise|get_velocity|unwrap_model|gather|reduce|all_gather|all_reduce|prepare|autocast|accumulate|shape|len|register_\w+|zero_grad|\w+_as|\w+_|scatter_\w+|index_\w+|masked_fill|matmul|mm|bmm)$/i;

/** Names of networks, of which we know no more. */
export const networkName =
  /model|net$|net[_\d]|network|encoder|decoder|generator|discriminator|critic|actor|policy|backbone|head$|classifier|transformer|layer|block|conv|embed|student|teacher|^(net_?)?[GD](_[A-Z]+|[A-Z]|\d)?$|^(vae|vit|lstm|gru|rnn|mlp|bert|gpt|clip|lpips|vgg)\w*$/i;

/** Methods by which networks run, beside calling them. */
export const networkMethod =
  /^(forward\w*|encode\w*|decode\w*|sample\w*|predict\w*|extract\w*|features|get_\w*(features?|layers|hidden\w*|embeds?|loss\w*))$/;
