/** The product's version; a test keeps it equal to the one in `package.json`. */
export const productVersion = '0.1.0';

/** Whether the first version is later than the second; what is no version is not. */
export function isNewer(version: string, than: string): boolean {
  const [one, other] = [partsOf(version), partsOf(than)];
  const at = one.findIndex((part, index) => part !== other[index]);
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
}

const partsOf = (version: string): readonly number[] =>
  /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [0, 0, 0];
