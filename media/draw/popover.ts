/** A button and what it opens, which the style sheet lays below it: shown above everything, closed by Escape, by a press elsewhere or by the button. */

import { setAttribute } from './dom.ts';

export function opens(button: HTMLButtonElement, popover: HTMLElement, id: string): void {
  popover.id = id;
  popover.classList.add('popover');
  popover.popover = 'auto';
  button.popoverTargetElement = popover;
  button.setAttribute('aria-expanded', 'false');
  popover.addEventListener('toggle', (event) => {
    setAttribute(button, 'aria-expanded', String(event.newState === 'open'));
  });
}
