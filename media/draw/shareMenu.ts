/** In the run's head: what of the run leaves the panel. Where to, the host asks. */

import type { PageMessage } from '../../contracts/viewProtocol.ts';
import { button, el, setHidden } from './dom.ts';
import type { Doors, Part } from './part.ts';
import { opens } from './popover.ts';
import { roving } from './roving.ts';
import { sharePicture } from './sharePicture.ts';
import { readTheme } from './theme.ts';

export function createShareMenu(doors: Doors): Part {
  const menu = el('div', 'menu');
  menu.setAttribute('role', 'menu');
  menu.setAttribute('aria-label', 'Share the run');
  const item = (label: string, message: (runId: string) => PageMessage | null): void => {
    const entry = button(label, 'menu-item', () => {
      menu.hidePopover();
      const runId = doors.state().run?.runId;
      const wanted = runId === undefined ? null : message(runId);
      if (wanted !== null) doors.send(wanted);
    });
    entry.setAttribute('role', 'menuitem');
    menu.append(entry);
  };
  item('Picture of the chart (PNG)…', (runId) => {
    const png = sharePicture(doors.state(), readTheme());
    return png === null ? null : { type: 'savePicture', runId, png };
  });
  item('Samples for a spreadsheet (CSV)…', (runId) => ({ type: 'exportRun', runId, format: 'csv' }));
  item('Whole run (JSON)…', (runId) => ({ type: 'exportRun', runId, format: 'json' }));
  item('Copy the report as Markdown', (runId) => ({ type: 'copyReport', runId }));
  menu.querySelector('button')?.setAttribute('autofocus', '');
  roving(menu, undefined, ['ArrowDown', 'ArrowUp']).refresh();
  // The focus goes back to the button, and from there on.
  menu.addEventListener('keydown', ({ key }) => {
    if (key === 'Tab') menu.hidePopover();
  });

  const opener = button('Share', 'share', () => undefined);
  opener.setAttribute('aria-haspopup', 'menu');
  opener.title = 'Save this run as a picture or a file, or copy its report';
  opener.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    menu.showPopover();
  });
  opens(opener, menu, 'share-menu');
  return {
    element: el('div', 'share-box', opener, menu),
    update: ({ run }) => setHidden(opener, run === null),
  };
}
