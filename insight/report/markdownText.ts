/** Text from outside as Markdown that shows it letter by letter: no markup, no link, no row of a table more. */

/** Escape sequences of terminals, control characters and marks that turn the direction of writing. */
const unseen =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export function markdownText(text: string): string {
  return (
    text
      .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
      .replace(unseen, '')
      .replaceAll(/[\\`*_[\]<>|~&#$]/g, '\\$&')
      // What stands alone becomes a link in some renderers.
      .replaceAll(/:(?=\/\/)|(?<=\bwww)\./gi, '\\$&')
      // What opens a list, a heading or a rule only does so at the beginning.
      .replace(/^\s*(?=[-+=])/, '\\')
      .replace(/^(\s*\d{1,9})(?=[.)](?:\s|$))/, '$1\\')
  );
}
