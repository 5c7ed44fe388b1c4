/** The function that a line of Python stands in, by indentation: enough to find it again among the profiler's frames. */

export interface EnclosingFunction {
  /** `<module>` for what stands in none. */
  readonly name: string;
  /** The profiler's line of a function is one of these: its first decorator's, or that of its `def`. From 1. */
  readonly firstLine: number;
  readonly defLine: number;
}

const opener = /^\s*(?:if|elif|else|for|while|with|try|except|finally|match|case|class|async)\b/;
/** The first line of an expression over several, and not the `) -> Tuple[` at the end of a signature. */
const bracket = /^\s*[^\s)\]}].*[([{]\s*(?:#.*)?$/;
const definition = /^\s*(?:async\s+)?def\s+(\w+)/;
const indentOf = (line: string): number => line.length - line.trimStart().length;

/** @param line from 1 */
export function enclosingFunction(text: string, line: number): EnclosingFunction {
  const lines = text.split(/\r\n|\r|\n/);
  let indent = indentOf(lines[line - 1] ?? '');
  for (let at = line - 2; at >= 0 && indent > 0; at -= 1) {
    const above = lines[at] ?? '';
    if (indentOf(above) >= indent) continue;
    const name = definition.exec(above)?.[1];
    if (name !== undefined) return { name, firstLine: firstDecorator(lines, at), defLine: at + 1 };
    // Text of a string may stand further left; only what opens a block or a bracket leads outwards.
    if (opener.test(above) || bracket.test(above)) indent = indentOf(above);
  }
  return { name: '<module>', firstLine: 1, defLine: lines.length };
}

function firstDecorator(lines: readonly string[], def: number): number {
  const indent = indentOf(lines[def] ?? '');
  let first = def;
  for (let at = def - 1; at >= 0 && (lines[at] ?? '').trim() !== ''; at -= 1) {
    const above = lines[at] ?? '';
    if (indentOf(above) < indent || definition.test(above)) break;
    if (indentOf(above) === indent && above.trimStart().startsWith('@')) first = at;
  }
  return first + 1;
}
