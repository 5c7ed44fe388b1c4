/** For who mistyped a name: the one that was most likely meant. */

/** How many letters have to be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(
        Math.min(
          (next[j - 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

const longest = 80;
const plain = (name: string): string =>
  name
    .slice(0, longest)
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[\s_]+/g, '-');

/** The name that a word is, whatever its case and however its words are joined; undefined where it is none. */
export const sameName = (word: string, names: readonly string[]): string | undefined =>
  word.length > longest ? undefined : names.find((name) => plain(name) === plain(word));

/** Undefined where no name is near: more than a third of its letters differ. A name that holds the word, or is held by it, goes before one that looks like it. */
export function nearestName(word: string, names: readonly string[]): string | undefined {
  const wanted = plain(word);
  const held = (name: string): boolean =>
    wanted.length > 2 && (name.includes(wanted) || wanted.includes(name));
  const near = (name: string): boolean =>
    held(name) || distance(wanted, name) <= Math.max(1, Math.max(wanted.length, name.length) / 3);
  const rank = (name: string): number => (held(name) ? 0 : longest) + distance(wanted, name);
  return names.filter(near).sort((a, b) => rank(a) - rank(b))[0];
}

/** What to say where no name fits. */
export function unknownName(what: string, word: string, names: readonly string[]): string {
  const near = nearestName(word, names);
  const all = names.join(', ');
  return near === undefined
    ? `there is no ${what} "${word}"; there are: ${all}.`
    : `there is no ${what} "${word}"; did you mean "${near}"? There are: ${all}.`;
}
