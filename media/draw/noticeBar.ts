import { noticesOf } from '../noticeList.ts';
import { shorten } from '../words.ts';
import { button, el, setHidden } from './dom.ts';
import type { Doors, Part } from './part.ts';

/** One line a notice, each can be put away. */
export function createNoticeBar(doors: Doors): Part {
  const element = el('ul', 'notices');
  element.setAttribute('aria-label', 'Notices');
  let shown = '';
  return {
    element,
    update(state) {
      const notices = noticesOf(state);
      const wanted = JSON.stringify(notices);
      if (wanted === shown) return;
      shown = wanted;
      setHidden(element, notices.length === 0);
      element.replaceChildren(
        ...notices.map(({ id, text }) => {
          const words = el('span', 'notice-text', shorten(text, 600));
          words.title = text;
          const away = button('×', 'notice-away', () => doors.dispatch({ type: 'page/dismiss', id }));
          away.setAttribute('aria-label', `Dismiss: ${shorten(text, 80)}`);
          return el('li', 'notice', words, away);
        }),
      );
    },
  };
}
