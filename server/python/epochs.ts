/** Whether the head of a loop counts epochs, by its words: a turn over all of the data is no step. */

/** `iters_per_epoch` and `epoch_size` count what is inside an epoch. */
const insideEpoch =
  /\w*?(?:(?:\b|_)(?:per|each|in)_?[Ee]poch|PerEpoch)\w*|\b[Ee]poch_?(?:[Ss]ize|[Ll]en(?:gth)?|[Ss]teps?|[Ii]ter(?:ation)?s?|[Bb]atches)\b/g;

export function speaksOfEpochs(head: string): boolean {
  return /epoch/i.test(head.replace(insideEpoch, ''));
}
