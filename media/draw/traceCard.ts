/** What a profiler trace says, below where the joules went: shares of time, with the verdicts on hints and kinds. */

import type { TraceReading } from '../../contracts/trace.ts';
import { traceSections } from '../../contracts/traceText.ts';
import { shorten } from '../words.ts';
import { button, el, setHidden } from './dom.ts';
import type { Doors, Part } from './part.ts';

/** Names of kernels and of files have no limit of their own. */
const longestLine = 400;

export function createTraceCard(doors: Doors): Part {
  const element = el('section', 'trace');
  element.setAttribute('aria-label', 'Profiler trace');
  let drawn: TraceReading | null = null;
  return {
    element,
    update({ run, trace }) {
      const shown = trace !== null && trace.runId === run?.runId ? trace : null;
      setHidden(element, shown === null);
      if (shown === drawn) return;
      drawn = shown;
      element.replaceChildren(...(shown === null ? [] : cardParts(shown, doors)));
    },
  };
}

function cardParts(reading: TraceReading, doors: Doors): readonly HTMLElement[] {
  const { runId, file, quality } = reading;
  const close = button('Close', 'link', () => {
    if (runId !== null) doors.send({ type: 'closeTrace', runId });
  });
  close.setAttribute('aria-label', 'Close the profiler trace');
  const heading = el('h2', '', 'Profiler trace');
  heading.title = file;
  return [
    el('div', 'waste-head', heading, close),
    el('p', 'waste-rest', `${shorten(file, 60)}: ${quality}`),
    ...traceSections(reading).flatMap(({ title, lines }) => [
      el('h3', '', title),
      el('ul', 'trace-lines', ...lines.map((line) => el('li', '', shorten(line, longestLine)))),
    ]),
  ];
}
