/** Samples per step that a command's own words name. */

/** Whether a name counts the samples of all GPUs, of one, or of one script and the other of another. */
type Counts = 'all' | 'oneGpu' | 'unsaid';

/** Long options of training scripts and configuration overrides, those that say most first. */
const names: readonly { readonly name: RegExp; readonly counts: Counts }[] = [
  { name: /^(global|total|effective)_(train_)?batch_size$/, counts: 'all' },
  {
    name: /^((per_device|per_gpu)_(train_)?batch_size|micro_batch_size|batch_size_per_(gpu|device))$/,
    counts: 'oneGpu',
  },
  { name: /^((.*[._])?batch_size|batchsize|bs|batch)$/, counts: 'unsaid' },
];
const accumulation = /^(gradient_accumulation_steps|grad_accum(ulation)?(_steps)?|accumulate_grad_batches)$/;

/** `--key value`, `--key=value` and `key=value` of a command line; dashes count as underlines. */
function* settings(command: string): Iterable<readonly [key: string, value: string]> {
  const words = command.split(/\s+/);
  for (const [at, word] of words.entries()) {
    const joined = /^(?:--?|\+{1,2})?([A-Za-z][\w.-]*)=(.+)$/.exec(word);
    const option = joined === null ? /^--?([A-Za-z][\w.-]*)$/.exec(word) : null;
    const key = (joined?.[1] ?? option?.[1])?.replaceAll('-', '_').toLowerCase();
    const value = joined?.[2] ?? words[at + 1];
    if (key !== undefined && value !== undefined) yield [key, value];
  }
}

/**
 * Samples that one step takes over all GPUs. Undefined where the command names none, two that differ, or one of which
 * nobody can say whether it is that of one GPU.
 */
export function batchSizeOf(command: string, gpus: number): number | undefined {
  const sizes = new Map<number, Set<number>>();
  let steps = 1;
  for (const [key, value] of settings(command)) {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (number < 1) continue;
    if (accumulation.test(key)) steps = number;
    const rank = names.findIndex(({ name }) => name.test(key));
    if (rank >= 0) sizes.set(rank, (sizes.get(rank) ?? new Set()).add(number));
  }
  const rank = Math.min(...sizes.keys());
  const [size, other] = sizes.get(rank) ?? [];
  const counts = names[rank]?.counts;
  if (size === undefined || other !== undefined || (counts === 'unsaid' && gpus > 1)) return undefined;
  // A total has the accumulated parts in it already.
  return counts === 'all' ? size : size * gpus * steps;
}
