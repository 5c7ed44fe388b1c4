/** Two sides beside each other, what came of it, and what makes it weak, for a terminal. */

import { plain, table } from './terminalText.ts';

export function comparedText(
  rows: readonly (readonly string[])[],
  verdict: string,
  caveats: readonly string[],
): string {
  const notes = caveats.map((caveat) => `note: ${plain(caveat)}\n`).join('');
  const shown = rows.map((row) => row.map(plain));
  return `${table(shown, ['left', 'right', 'right'])}\n\n${verdict}\n${notes}`;
}
