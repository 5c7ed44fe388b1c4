/** What a screen reader is told: politely, and at most once a second however fast the cursor moves. */

import { el, setText } from './dom.ts';

const quietMs = 1000;

export function createVoice(): { readonly element: HTMLElement; say(text: string): void } {
  const element = el('p', 'visually-hidden');
  element.setAttribute('aria-live', 'polite');
  let spokenAt = Number.NEGATIVE_INFINITY;
  let waiting: string | undefined;

  function speak(text: string): void {
    spokenAt = performance.now();
    waiting = undefined;
    setText(element, text);
  }

  return {
    element,
    say(text) {
      const left = spokenAt + quietMs - performance.now();
      if (left <= 0 && waiting === undefined) {
        speak(text);
        return;
      }
      const scheduled = waiting !== undefined;
      waiting = text;
      if (!scheduled) setTimeout(() => speak(waiting ?? text), Math.max(0, left));
    },
  };
}
