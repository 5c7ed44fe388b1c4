/**
 * Terminal output as lines, whatever pieces it comes in: escape sequences are dropped, a carriage return or a
 * vertical cursor move ends a line as a newline does (bars rewrite theirs), and a line keeps its first 2,000
 * characters only. Time and memory are linear and bounded whatever comes.
 */

const mostCharacters = 2000;

export interface TerminalLine {
  readonly text: string;
  /** When its last visible character came. */
  readonly timeMs: number;
  /** False for a line that may still grow: it was only seen up to the end of a piece. */
  readonly ended: boolean;
}

export interface TerminalLines {
  add(text: string, timeMs: number, onLine: (line: TerminalLine) => void): void;
}

type State = 'text' | 'escape' | 'control' | 'string' | 'stringEscape';

const escapeCode = 0x1b;
const bell = 0x07;
const visibleRun = /[^\x00-\x1f\x7f-\x9f]+/y;
/** Final letters of control sequences that leave the line: up, down, next, previous, position. */
const leavesLine = new Set([...'ABEFHf'].map((letter) => letter.charCodeAt(0)));
const endsLine = new Set([0x0a, 0x0d, 0x08, 0x0b, 0x0c]);

export function createTerminalLines(): TerminalLines {
  let state: State = 'text';
  let line = '';
  let lineMs = 0;
  let grown = false;

  return {
    add(text, timeMs, onLine) {
      const end = (): void => {
        if (line !== '') onLine({ text: line, timeMs: lineMs, ended: true });
        line = '';
        grown = false;
      };
      const append = (run: string): void => {
        if (line.length >= mostCharacters) return;
        line += run.slice(0, mostCharacters - line.length);
        lineMs = timeMs;
        grown = true;
      };
      let index = 0;
      while (index < text.length) {
        const code = text.charCodeAt(index);
        if (state === 'text') {
          visibleRun.lastIndex = index;
          const run = visibleRun.exec(text)?.[0];
          if (run !== undefined) {
            append(run);
            index += run.length;
            continue;
          }
          if (code === escapeCode) state = 'escape';
          else if (endsLine.has(code)) end();
          else if (code === 0x09) append(' ');
        } else if (state === 'escape') {
          const opener = text[index];
          if (opener === '[') state = 'control';
          else if (opener === ']' || opener === 'P' || opener === '_' || opener === '^') state = 'string';
          // Two-character and character-set sequences end with their first letter or digit.
          else if (code >= 0x30) state = 'text';
        } else if (state === 'control') {
          if (code >= 0x40 && code <= 0x7e) {
            if (leavesLine.has(code)) end();
            state = 'text';
          } else if (code < 0x20) {
            // A broken sequence must not swallow the line end.
            state = 'text';
            continue;
          }
        } else if (state === 'string') {
          if (code === bell) state = 'text';
          else if (code === escapeCode) state = 'stringEscape';
          else if (code === 0x0a || code === 0x0d) {
            state = 'text';
            continue;
          }
        } else state = code === 0x5c ? 'text' : 'string';
        index += 1;
      }
      if (grown && line.length < mostCharacters) onLine({ text: line, timeMs: lineMs, ended: false });
      grown = false;
    },
  };
}
