/** What a notebook's cell is called as a run, and what of its output is new. Plain values, no editor types. */

const longestLine = 80;

/** The first line that does something; empty for none. */
export function firstStatement(source: string): string {
  const lines = source.split(/\r?\n/).map((line) => line.trim());
  const line = lines.find((it) => it !== '' && !it.startsWith('#') && !it.startsWith('%%')) ?? '';
  return line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line;
}

/** `train.ipynb, cell 3: for batch in loader:`. */
export function cellCommand(notebook: string, number: number, source: string): string {
  const statement = firstStatement(source);
  return `${notebook}, cell ${number}${statement === '' ? '' : `: ${statement}`}`;
}

/** What was printed since: kernels add to the text, and a progress bar draws its last line anew. */
export function newOutput(before: string, now: string): string {
  if (now.startsWith(before)) return now.slice(before.length);
  let same = 0;
  while (same < now.length && now[same] === before[same]) same += 1;
  const line = now.lastIndexOf('\n', same - 1) + 1;
  return `\r${now.slice(line)}`;
}

/** As a shell would say it: a kernel tells only whether a cell ran through. */
export function cellExitCode(success: boolean | undefined, errorName: string | null): number | null {
  if (success === undefined) return null;
  if (success) return 0;
  return errorName === 'KeyboardInterrupt' ? 130 : 1;
}
