/** Takes secrets out of words with pieces of commands in them, Markdown too: a report, a list, an error. */

import { mask, maskSecrets } from './maskSecrets.ts';

/** As a mark of Markdown is written that is to be read as a letter: `HF\\_TOKEN`. */
const escaped = /\\([\\`*_[\]<>|~&#$:.=+-])/g;

/** Line by line: an apostrophe opens no string over the lines. */
export const maskAnswer = (text: string): string => text.split('\n').map(maskedLine).join('\n');

function maskedLine(line: string): string {
  const plain = line.replace(escaped, '$1');
  const masked = maskSecrets(plain, 'answer');
  if (masked === plain) return line;
  // What is left stands in the line as it was written, with its escapes.
  const place = placesOf(line);
  let at = 0;
  return masked
    .split(mask)
    .map((left) => {
      const start = plain.indexOf(left, at);
      at = start + left.length;
      return line.slice(place[start], place[at]);
    })
    .join(mask);
}

/** Where each letter of the plain line is written, and the end behind the last. */
function placesOf(line: string): readonly number[] {
  const places: number[] = [];
  let at = 0;
  for (const { index } of line.matchAll(escaped)) {
    while (at < index) places.push(at++);
    places.push(index);
    at = index + 2;
  }
  while (at <= line.length) places.push(at++);
  return places;
}
