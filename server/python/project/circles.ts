/** Which files import each other in a circle. */

type Imports = (path: string) => ReadonlySet<string>;

/** The files that a file imports, and those that they import; undefined when they are more than `most`. */
export function reachable(path: string, imports: Imports, most: number): Set<string> | undefined {
  const found = new Set([path]);
  for (const at of found) {
    for (const next of imports(at)) found.add(next);
    if (found.size > most) return undefined;
  }
  return found;
}

/** Those of the files reached from a file that lead back to it, itself among them, in order of their paths. */
export function circleAround(path: string, reach: ReadonlySet<string>, imports: Imports): readonly string[] {
  const importers = new Map<string, string[]>();
  for (const from of reach)
    for (const to of imports(from)) importers.set(to, [...(importers.get(to) ?? []), from]);
  const back = new Set([path]);
  for (const at of back)
    for (const importer of importers.get(at) ?? []) if (reach.has(importer)) back.add(importer);
  return [...back].sort();
}
