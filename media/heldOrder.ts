/** What stands where in a list: as wanted, but nothing moves under the pointer or the focus. */
export function orderHeld(
  wanted: readonly string[],
  shown: readonly string[],
  held: boolean,
): readonly string[] {
  if (!held) return same(wanted, shown) ? shown : wanted;
  const added = wanted.filter((key) => !shown.includes(key));
  return added.length === 0 ? shown : [...shown, ...added];
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((key, index) => key === b[index]);
