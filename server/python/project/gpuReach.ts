/**
 * The files that what lies on a GPU could reach: those that name a framework, and all that are joined to one by imports,
 * in whichever direction. In the others no analysis can find anything, so none is made.
 */
export function gpuReach(
  files: Iterable<string>,
  imports: (path: string) => Iterable<string>,
  namesFramework: (path: string) => boolean,
): ReadonlySet<string> {
  const joined = new Map<string, string[]>();
  const join = (from: string, to: string): void => {
    const known = joined.get(from);
    if (known === undefined) joined.set(from, [to]);
    else known.push(to);
  };
  for (const path of files) {
    join(path, path);
    for (const imported of imports(path)) {
      join(path, imported);
      join(imported, path);
    }
  }
  const reached = new Set<string>();
  const waiting = [...joined.keys()].filter(namesFramework);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    waiting.push(...(joined.get(path) ?? []));
  }
  return reached;
}
