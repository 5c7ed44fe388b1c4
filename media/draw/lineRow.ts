/** One line or function with its joules; pressing it opens the place. */

import { formatEnergy, formatShare, formatWattHours } from '../../contracts/units.ts';
import { type LineRow, placeText } from '../lineRows.ts';
import type { LineListing } from '../view.ts';
import { shorten } from '../words.ts';
import { button, el, setAttribute, setText, svg } from './dom.ts';
import type { Doors } from './part.ts';

export interface LineRowView {
  readonly element: HTMLTableRowElement;
  show(row: LineRow, shown: ShownLine): void;
}

interface ShownLine {
  /** The path as the user knows it. */
  readonly near: string;
  readonly by: LineListing['by'];
  /** Largest share of the list: its bar takes the whole width. */
  readonly most: number;
}

export function createLineRow(doors: Doors): LineRowView {
  let opens: { readonly path: string; readonly line: number } | null = null;
  const open = (): void => {
    if (opens !== null) doors.send({ type: 'openPlace', ...opens });
  };
  const place = button('', 'link', open);
  const header = el('th', 'lines-place', place);
  header.scope = 'row';
  const where = el('td', 'lines-where');
  const energy = el('td', 'lines-energy');
  const shareText = el('span');
  const active = svg('rect', { class: 'lines-bar-active', height: '100%', width: 0 });
  const idle = svg('rect', { class: 'lines-bar-idle', y: '1', height: '6', width: 0 });
  const bar = svg('svg', { class: 'lines-bar', 'aria-hidden': 'true' }, active, idle);
  const share = el('td', 'lines-share', shareText, bar);
  const activeJ = el('td', 'lines-active');
  const idleJ = el('td', 'lines-idle');
  const element = el('tr', '', header, where, energy, share, activeJ, idleJ);
  element.addEventListener('click', (event) => {
    if (event.target !== place) open();
  });

  return {
    element,
    show(row, { near, by, most }) {
      const at = placeText(near, row.line);
      const [first, second] = by === 'line' ? [at, row.name] : [row.name, near];
      // Lines beyond what is kept are one row, and lie nowhere.
      opens = row.path === '' ? null : { path: row.path, line: Math.max(1, row.line) };
      setText(place, row.path === '' ? row.name : shorten(first, 80));
      place.disabled = opens === null;
      setAttribute(place, 'title', opens === null ? null : `${row.path}:${opens.line}\n${row.name}`);
      setAttribute(
        place,
        'aria-label',
        opens === null ? null : `Open ${shorten(at, 80)}, ${shorten(row.name, 80)}`,
      );
      setText(where, row.path === '' ? '' : shorten(second, 80));
      setAttribute(where, 'title', second);
      setText(energy, formatEnergy(row.energyJ));
      setAttribute(energy, 'title', formatWattHours(row.energyJ));
      setText(shareText, formatShare(row.share));
      setText(activeJ, formatEnergy(row.activeJ));
      setText(idleJ, formatEnergy(row.idleJ));
      const whole = row.energyJ ?? 0;
      const part = (joules: number): string =>
        `${(whole > 0 && most > 0 ? ((joules / whole) * (row.share ?? 0) * 100) / most : 0).toFixed(1)}%`;
      // Neither active nor idle, where that is not known.
      setAttribute(bar, 'data-unknown', row.idleJ === null ? 'true' : null);
      const unused = row.idleJ ?? 0;
      setAttribute(active, 'width', part(whole - unused));
      setAttribute(idle, 'x', part(whole - unused));
      setAttribute(idle, 'width', part(unused));
    },
  };
}
