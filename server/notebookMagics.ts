/** Lines of a notebook cell that are for the notebook and not for Python; blanked without moving anything else. */

/** Cell magics whose cell is Python all the same. */
const pythonCells: ReadonlySet<string> = new Set(['time', 'timeit', 'capture', 'prun', 'python', 'python3']);

const lineMagic = /^[ \t]*(?:[%!?]|[\w.*]+\?{1,2}[ \t]*$)/;
const assignedMagic = /^([\w., \t]+=[ \t]*)[%!](?!=)/;

const blank = (text: string): string => text.replace(/[^\r\n]/g, ' ');

/** An installation that says what the notebook runs on: no GPU. */
const installsXla = /\binstall\b.*\btorch[_-]xla\b/;

/** A statement of one character keeps a block that holds nothing else. */
function withoutMagic(line: string): string {
  const assigned = assignedMagic.exec(line)?.[1];
  const kept = assigned ?? /^[ \t]*/.exec(line)?.[0] ?? '';
  if (installsXla.test(line)) return `${kept}0#${line.slice(kept.length + 2)}`;
  return `${kept}0${blank(line.slice(kept.length + 1))}`;
}

/** What is still open at the end of a line: brackets, a long string, a line that goes on. */
interface Open {
  depth: number;
  quote: string | undefined;
  continued: boolean;
}

const token = /#.*$|'''|"""|'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?|[()[\]{}]/g;

function readOn(line: string, open: Open): void {
  let at = 0;
  while (at < line.length) {
    if (open.quote !== undefined) {
      const end = closing(line, at, open.quote);
      if (end < 0) return;
      at = end + open.quote.length;
      open.quote = undefined;
      continue;
    }
    token.lastIndex = at;
    const match = token.exec(line);
    if (match === null) break;
    const [found] = match;
    at = match.index + found.length;
    if (found === "'''" || found === '"""') open.quote = found;
    else if (/^[([{]/.test(found)) open.depth += 1;
    else if (/^[)\]}]/.test(found)) open.depth = Math.max(0, open.depth - 1);
    else if (found.startsWith('#')) return;
  }
  open.continued = line.endsWith('\\');
}

/** Where a long string ends, quotes behind a backslash left out. */
function closing(line: string, from: number, quote: string): number {
  for (let at = line.indexOf(quote, from); at >= 0; at = line.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (at - slashes > from && line[at - slashes - 1] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

/** The cell as Python, as long as it was, line by line. */
export function blankMagics(source: string): string {
  const name = /^\s*%%[ \t]*(\w+)/.exec(source)?.[1];
  if (name !== undefined && !pythonCells.has(name)) return blank(source);
  const open: Open = { depth: 0, quote: undefined, continued: false };
  let inMagic = false;
  let firstLine = name !== undefined;
  return source
    .split(/(\r\n|\r|\n)/)
    .map((line, index) => {
      if (index % 2 === 1) return line;
      if (inMagic) {
        inMagic = line.endsWith('\\');
        return blank(line);
      }
      const begins = open.depth === 0 && open.quote === undefined && !open.continued;
      if (begins && firstLine && line.trim() !== '') {
        firstLine = false;
        return blank(line);
      }
      if (begins && (lineMagic.test(line) || assignedMagic.test(line))) {
        inMagic = line.endsWith('\\');
        return withoutMagic(line);
      }
      open.continued = false;
      readOn(line, open);
      return line;
    })
    .join('');
}
