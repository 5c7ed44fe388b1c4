/** A stable name for the text that a measurement of a finding depends on. */

import type { Span } from './finding.ts';

/**
 * 64 bits in hex over the region's text. White space at line ends, blank lines, line-end style and the indentation the whole
 * region shares do not count: none of them changes what runs.
 */
export function regionHash(text: string, region: Span): string {
  const lineStart = text.lastIndexOf('\n', region.start - 1) + 1;
  const lines = text
    .slice(lineStart, region.end)
    .split(/\r\n|\r|\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  const shared = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  const normal = lines.map((line) => line.slice(Number.isFinite(shared) ? shared : 0)).join('\n');
  return hash64(normal);
}

/** The names of regions of one text: a long one that holds many findings is read once. */
export class RegionHashes {
  private readonly text: string;
  private readonly known = new Map<string, string>();

  constructor(text: string) {
    this.text = text;
  }

  of(region: Span): string {
    const key = `${region.start} ${region.end}`;
    let hash = this.known.get(key);
    if (hash === undefined) {
      hash = regionHash(this.text, region);
      this.known.set(key, hash);
    }
    return hash;
  }
}

/** FNV-1a, two lanes of 32 bits: enough to tell versions of a region apart, and needs no library. */
export function hash64(text: string): string {
  let a = 0x811c9dc5;
  let b = 0xc9dc5118;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ (c + i), 0x01000193) + 0x9e3779b9;
  }
  const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
  return hex(a ^ (b >>> 15)) + hex(b);
}
