/** Text from outside as Markdown that shows it letter by letter: no markup, no link, no row of a table more. */

import { withoutControls } from '../../contracts/terminalSequences.ts';

export function markdownText(text: string): string {
  return (
    withoutControls(text.replace(/[\r\n\t\u2028\u2029]+/g, ' '))
      .replaceAll(/[\\`*_[\]<>|~&#$]/g, '\\$&')
      // What stands alone becomes a link in some renderers.
      .replaceAll(/:(?=\/\/)|(?<=\bwww)\./gi, '\\$&')
      // What opens a list, a heading or a rule only does so at the beginning.
      .replace(/^\s*(?=[-+=])/, '\\')
      .replace(/^(\s*\d{1,9})(?=[.)](?:\s|$))/, '$1\\')
  );
}
