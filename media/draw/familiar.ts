/** Beside the energy: what it is like, for whoever asks. */

import { type Familiar, familiarEnergy, familiarHead } from '../familiarEnergy.ts';
import type { PanelState } from '../state.ts';
import { button, el, setHidden, setText } from './dom.ts';
import type { Part } from './part.ts';
import { opens } from './popover.ts';

const listed = ({ text, source }: Familiar): HTMLElement =>
  el('li', '', el('span', 'familiar-text', text), ' ', el('span', 'familiar-source', source));

export function createFamiliar(): Part {
  const head = el('p');
  const list = el('ul');
  const popover = el('div', 'familiar', head, list);
  popover.setAttribute('role', 'dialog');
  popover.setAttribute('aria-label', 'What the energy is like');
  // Nothing in it can be pressed: it is read because it has the focus.
  popover.tabIndex = 0;
  popover.setAttribute('autofocus', '');
  const opener = button('like …', 'familiar-opener', () => undefined);
  opener.title = 'What the energy is like';
  opens(opener, popover, 'familiar');
  let newest: PanelState['run'] = null;

  function fill(): void {
    if (newest === null) return;
    setText(head, familiarHead(newest));
    list.replaceChildren(...familiarEnergy(newest).map(listed));
  }
  // As it opens: a live run's figure goes on meanwhile, and text that changes cannot be read.
  popover.addEventListener('beforetoggle', (event) => {
    if (event.newState === 'open') fill();
  });
  return {
    element: el('span', 'familiar-box', opener, popover),
    update({ run }) {
      newest = run;
      const without = familiarEnergy(run).length === 0;
      setHidden(opener, without);
      if (without && popover.matches(':popover-open')) popover.hidePopover();
    },
  };
}
