/** What makes the host wait for the device besides reads of single values. */

/** Calls after which nothing is left in the queue, and which something needs. */
export const waitingFunction =
  /^torch\.cuda\.(synchronize|current_stream\.synchronize)$|^torchvision\.utils\.save_image$/;

/** What a program that names no device calls only if it is to run on CUDA. */
export const meansCuda = /^torch\.cuda\.(synchronize|empty_cache|current_stream|Stream|stream|Event)$/;

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
export const checkedFunction = /^torch\.distributions\.(\w+\.)?[A-Z]\w*$/;

/** Libraries whose functions and objects queue work and do not look at it, but for those named above. */
export const quietLibrary =
  /^(torch|torchvision|torchaudio|functorch|builtins|copy|inspect|itertools|math|einops|timm|apex|accelerate|deepspeed|lightning|diffusers|transformers|kornia|xformers|peft)(\.|$)/;

/** Functions and methods by their last name that queue work, or record what they are given, wherever they come from. */
export function isQuietName(name: string): boolean {
  return quietWords.test(inWords(name)) || quietMethod.test(name);
}

const quietWords =
  /loss(es|fn|func\w*)?(_|$)|criteri(on|a)|(^|_)crit$|backward|(^|_)objective|schedul|mixup|mix_up|cutmix|cut_mix|augment(er|or|ations?)?s?(_|$)/;
const quietMethod =
  /^(append|extend|add|insert|put|setdefault|to|cuda|format|log|log_\w+|record|record_stream|print|add_noise|get_velocity|unwrap_model|gather|reduce|all_gather|all_reduce|prepare|autocast|accumulate|shape|len|register_\w+|zero_grad|\w+_as|\w+_|scatter_\w+|index_\w+|masked_fill|matmul|mm|bmm)$/i;

/** Names of networks, of which we know no more. */
export function isNetworkName(name: string): boolean {
  return networkWords.test(inWords(name)) || ganName.test(name);
}

const networkWords =
  /(model|net[dg]?|network|encoder|decoder|extractor|former|(de|up|down)?conv|block|embed(d?ings?|der)?)s?(_|$)|(^|_)(generator|discriminator|critic|actor|policy|backbone|classifier|(sub)?layer|student|teacher)s?(_|$)|(^|_)(multi)?head$|^(vae|vit|lstm|gru|rnn|mlp|bert|gpt|lpips|vgg)(_|$)|^clip$/;
/** `G`, `D_AB`: generators and discriminators; in small letters they are anything. */
const ganName = /^[GD](_[A-Z]+|[A-Z]|\d)?$/;

/** `netG` and `conv2d` as `net_g` and `conv_2_d`, so that a word is not found inside another. */
function inWords(name: string): string {
  return name
    .replace(/(?<=[a-z])(?=[A-Z\d])|(?<=[A-Z])(?=[A-Z][a-z]|\d)|(?<=\d)(?=[A-Za-z])/g, '_')
    .toLowerCase();
}

/** Methods by which networks run, beside calling them. */
export const networkMethod =
  /^(forward\w*|encode\w*|decode\w*|sample\w*|predict\w*|extract\w*|features|get_\w*(features?|layers|hidden\w*|embeds?|loss\w*))$/;
