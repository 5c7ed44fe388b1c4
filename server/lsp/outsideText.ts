/** Text that we did not write (names of runs, code of the user) on its way into messages and Markdown. */

const longest = 120;

/** One line without control, bidirectional and zero-width characters: it cannot reorder or hide what stands around it. */
export function oneLine(text: string): string {
  const flat = text
    .slice(0, 10 * longest)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = [...flat];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : flat;
}

/** The same as Markdown that renders as exactly this text: every punctuation mark is escaped, links do not form. */
export function markdownText(text: string): string {
  return oneLine(text).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** A link to a command of ours. Parentheses and quotes are encoded too, else an argument could end the link. */
export function commandLink(label: string, command: string, ...args: readonly string[]): string {
  const encoded = encodeURIComponent(JSON.stringify(args)).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `[${markdownText(label)}](command:${command}?${encoded})`;
}
