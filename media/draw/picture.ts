/** What pictures of plans share: words and scales, in percent of the width, so that they take any. */

import { svg } from './dom.ts';

export const words = (text: string, at: Readonly<Record<string, string | number>>): SVGTextElement =>
  svg('text', { class: 'picture-text', 'text-anchor': 'middle', ...at }, document.createTextNode(text));

/** Maps the values' span to another; where all are one value it lies in the middle. */
export function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const least = Math.min(...values);
  const span = Math.max(...values) - least;
  return (value) => (span > 0 ? from + ((value - least) / span) * (to - from) : (from + to) / 2);
}

export const percent = (value: number): string => `${value.toFixed(2)}%`;
