/**
 * Takes a trace apart while it arrives: each element of `traceEvents` is parsed alone, so that a file of any size
 * needs no more memory than what is kept of it. An element that is no JSON is counted and left out: some profilers
 * write `inf` or a lone backslash.
 */

import { TraceError } from './traceError.ts';

/** An event of a few kilobytes is a long one; past this the file is no trace. */
const longestElement = 4 * 2 ** 20;

export interface ScannedParts {
  event(event: Readonly<Record<string, unknown>>): void;
  /** Another member of the trace, as `deviceProperties`. */
  member(name: string, value: unknown): void;
}

type Place = 'start' | 'members' | 'key' | 'colon' | 'value' | 'events' | 'element' | 'end';

const quote = 34;
const backslash = 92;
const blank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13) || code === 0xfeff;
const opens = (code: number): boolean => code === 123 || code === 91;
const closes = (code: number): boolean => code === 125 || code === 93;
const notJson = 'it is no trace of a profiler: no JSON object with "traceEvents"';

export class EventScanner {
  readonly #parts: ScannedParts;
  #place: Place = 'start';
  /** The file is the list of events itself, as older tools write it. */
  #bare = false;
  #key = '';
  #sawEvents = false;
  /** What began in an earlier chunk. */
  #begun = '';
  #depth = 0;
  #inText = false;
  #escaped = false;
  #events = 0;
  #unreadable = 0;

  constructor(parts: ScannedParts) {
    this.#parts = parts;
  }

  get events(): number {
    return this.#events;
  }

  get unreadable(): number {
    return this.#unreadable;
  }

  /** @throws TraceError */
  push(chunk: string): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#place === 'key' || this.#place === 'value' || this.#place === 'element')
        at = this.#item(chunk, at);
      else at = this.#between(chunk, at);
    }
  }

  /** @throws TraceError */
  end(): void {
    if (!this.#sawEvents) throw new TraceError(notJson);
    if (this.#place !== 'end')
      throw new TraceError('the file ends in the middle: it is cut off, or still being written');
    if (this.#events === 0) throw new TraceError('it has no events');
  }

  /** One character between items. */
  #between(chunk: string, at: number): number {
    const code = chunk.charCodeAt(at);
    if (blank(code)) return at + 1;
    switch (this.#place) {
      case 'start':
        if (!opens(code)) throw new TraceError(notJson);
        this.#bare = code === 91;
        this.#sawEvents = this.#bare;
        this.#place = this.#bare ? 'events' : 'members';
        return at + 1;
      case 'members':
        if (code === 44) return at + 1;
        if (code === 125) this.#place = 'end';
        else if (code === quote) return this.#begin('key', at);
        else throw new TraceError(notJson);
        return at + 1;
      case 'colon':
        if (code === 58) return at + 1;
        if (this.#key === 'traceEvents') {
          if (code !== 91) throw new TraceError(notJson);
          this.#sawEvents = true;
          this.#place = 'events';
          return at + 1;
        }
        return this.#begin('value', at);
      case 'events':
        if (code === 44) return at + 1;
        if (code === 93) this.#place = this.#bare ? 'end' : 'members';
        else if (code === 123) return this.#begin('element', at);
        else throw new TraceError('"traceEvents" holds something that is no event');
        return at + 1;
      default:
        throw new TraceError('more follows after the end of the trace');
    }
  }

  #begin(place: Place, at: number): number {
    this.#place = place;
    this.#begun = '';
    this.#depth = 0;
    this.#inText = false;
    this.#escaped = false;
    return at;
  }

  /** On to the end of the item that began, or of the chunk. */
  #item(chunk: string, from: number): number {
    let depth = this.#depth;
    let inText = this.#inText;
    let escaped = this.#escaped;
    for (let at = from; at < chunk.length; at += 1) {
      const code = chunk.charCodeAt(at);
      if (inText) {
        if (escaped) escaped = false;
        else if (code === backslash) escaped = true;
        else if (code === quote) {
          inText = false;
          if (depth === 0) return this.#took(chunk, from, at + 1);
        }
      } else if (code === quote) inText = true;
      else if (opens(code)) depth += 1;
      else if (closes(code)) {
        // A number ends where its object does.
        if (depth === 0) return this.#took(chunk, from, at);
        depth -= 1;
        if (depth === 0) return this.#took(chunk, from, at + 1);
      } else if (code === 44 && depth === 0) return this.#took(chunk, from, at);
    }
    this.#begun += chunk.slice(from);
    if (this.#begun.length > longestElement)
      throw new TraceError('a part of it is larger than any event of a profiler');
    this.#depth = depth;
    this.#inText = inText;
    this.#escaped = escaped;
    return chunk.length;
  }

  #took(chunk: string, from: number, to: number): number {
    const text = this.#begun + chunk.slice(from, to);
    const place = this.#place;
    this.#begun = '';
    const value = parsed(text);
    if (place === 'element') {
      this.#place = 'events';
      if (value === undefined) this.#unreadable += 1;
      else {
        this.#events += 1;
        this.#parts.event(value as Readonly<Record<string, unknown>>);
      }
    } else if (place === 'key') {
      if (typeof value !== 'string') throw new TraceError(notJson);
      this.#key = value;
      this.#place = 'colon';
    } else {
      this.#place = 'members';
      if (value !== undefined) this.#parts.member(this.#key, value);
    }
    return to;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
