/** Plain text for terminals: what comes from outside cannot steer them, and columns line up. */

import { withoutControls, withoutSequences } from '../contracts/terminalSequences.ts';

/** The text without escape sequences, control characters and direction marks; line breaks become blanks. */
export function plain(text: string): string {
  return withoutControls(withoutSequences(text).replace(/[\r\n\t]+/g, ' '));
}

export type Align = 'left' | 'right';

/** Rows of cells as lines; columns are as wide as their widest cell and two blanks apart. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const room = ' '.repeat((widths[column] ?? 0) - width(cell));
        return align[column] === 'right' ? room + cell : cell + room;
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

/** At most so many code points; what is cut off shows as "…". */
export function shortened(text: string, longest: number): string {
  return width(text) <= longest ? text : `${[...text].slice(0, longest - 1).join('')}…`;
}

/** Code points, so that "µ" and "–" count as one. */
const width = (text: string): number => [...text].length;
