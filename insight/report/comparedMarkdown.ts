/** Two sides beside each other, what came of it, and what makes it weak, as Markdown. */

import { markdownText } from './markdownText.ts';

export function comparedMarkdown(
  rows: readonly (readonly string[])[],
  verdict: string,
  caveats: readonly string[],
): string {
  const [head = '', ...others] = rows.map((row) => `| ${row.map(markdownText).join(' | ')} |`);
  const notes = caveats.map((caveat) => `\n- ${markdownText(caveat)}`).join('');
  return `${head}\n| --- | ---: | ---: |\n${others.join('\n')}\n\n**${markdownText(verdict)}**\n${notes}${notes === '' ? '' : '\n'}`;
}
