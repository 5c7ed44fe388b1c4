/** How every command tells that it cannot do what was asked: one line, exit status 2. */

import { plain } from './terminalText.ts';

/** A problem that the user can mend. The text says what is wrong; and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `perjoule: what is wrong; what to do` */
export function failureLine(error: unknown): string {
  if (error instanceof UsageError) return `perjoule: ${plain(error.message)}\n`;
  const reason = plain(error instanceof Error ? error.message : String(error));
  return `perjoule: internal problem (${reason}); SUPPORT.md says how to report it.\n`;
}

/**
 * The same form for what the argument parser has to say: `error: unknown option '--x'`.
 * @param command as it is typed, whose help tells more
 */
export function parserFailureLine(text: string, command: string): string {
  const wrong = plain(text.replace(/^error:\s*/, ''))
    .trim()
    .replace(/\.$/, '');
  return `perjoule: ${wrong}; ${command} --help tells more.\n`;
}
