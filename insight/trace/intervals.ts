/** Stretches of time, ordered and without overlap. Pairs of begin and end in one list; the unit is the caller's. */

/** @param pairs begin, end, begin, end …, in any order */
export function union(pairs: readonly number[], from: number, to: number): number[] {
  const order = Array.from({ length: pairs.length / 2 }, (_, at) => at * 2);
  order.sort((one, other) => (pairs[one] ?? 0) - (pairs[other] ?? 0));
  const joined: number[] = [];
  for (const at of order) {
    const begin = Math.max(from, pairs[at] ?? 0);
    const end = Math.min(to, pairs[at + 1] ?? 0);
    if (end <= begin) continue;
    const last = joined.length - 1;
    if (last > 0 && begin <= (joined[last] ?? 0)) joined[last] = Math.max(joined[last] ?? 0, end);
    else joined.push(begin, end);
  }
  return joined;
}

export function lengthOf(joined: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < joined.length; at += 2) sum += (joined[at + 1] ?? 0) - (joined[at] ?? 0);
  return sum;
}

/** What lies between, up to the edges. */
export function between(joined: readonly number[], from: number, to: number): number[] {
  const gaps: number[] = [];
  let begin = from;
  for (let at = 0; at < joined.length; at += 2) {
    if ((joined[at] ?? 0) > begin) gaps.push(begin, joined[at] ?? 0);
    begin = joined[at + 1] ?? begin;
  }
  if (to > begin) gaps.push(begin, to);
  return gaps;
}

/** Index of the first pair that ends after this time; the list's length where none does. */
export function firstEndingAfter(joined: readonly number[], time: number): number {
  let low = 0;
  let high = joined.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((joined[middle * 2 + 1] ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low * 2;
}
