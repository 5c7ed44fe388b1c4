/** Asks for finer samples of the stretch that is shown: at once, and while it moves no more than a few times a second. */

import type { PageMessage } from '../../contracts/viewProtocol.ts';

const betweenMs = 200;

type Wish = Extract<PageMessage, { type: 'series' }>;

/** Null where the samples that are here will do. */
export function seriesWishes(send: (wish: Wish) => void): (wish: Wish | null) => void {
  let asked: string | null = null;
  let sentAtMs = Number.NEGATIVE_INFINITY;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  return (wish) => {
    const text = JSON.stringify(wish);
    if (text === asked) return;
    asked = text;
    clearTimeout(waiting);
    if (wish === null) return;
    const ask = (): void => {
      sentAtMs = performance.now();
      send(wish);
    };
    const restMs = sentAtMs + betweenMs - performance.now();
    if (restMs <= 0) ask();
    else waiting = setTimeout(ask, restMs);
  };
}
