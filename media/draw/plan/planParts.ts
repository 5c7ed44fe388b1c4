/** What the pages of plans have in common: a headline with its tag, caveats, the command that prints the same, a table. */

import { button, el } from '../dom.ts';
import type { Doors } from '../part.ts';

export function verdictHeadline(text: string, simulated: boolean): HTMLElement {
  const tag = el('span', 'tag', 'simulated');
  tag.dataset['simulated'] = 'true';
  return el('h2', 'verdict-headline', text, ...(simulated ? [tag] : []));
}

export function caveatList(notes: readonly string[]): HTMLElement {
  const list = el('ul', 'caveats', ...notes.map((note) => el('li', '', note)));
  list.setAttribute('aria-label', 'What to keep in mind');
  list.hidden = notes.length === 0;
  return list;
}

export const commandLine = (text: string, doors: Doors): HTMLElement =>
  el(
    'div',
    'plan-commands actions',
    el('code', 'plan-command', text),
    button('Copy', 'secondary', () => doors.send({ type: 'copy', text })),
  );

export interface PointsTable {
  readonly caption: string;
  /** An empty head belongs to the one before it. */
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The row that is picked; -1 for none. */
  readonly current: number;
}

export function pointsTable({ caption, heads, rows, current }: PointsTable): HTMLElement {
  const head = (text: string, scope: 'col' | 'row'): HTMLTableCellElement => {
    const cell = el('th', '', text);
    cell.scope = scope;
    return cell;
  };
  const cells = (texts: readonly string[]): HTMLTableCellElement[] =>
    texts.map((text, at) =>
      at === 0 ? head(text, 'row') : el('td', heads[at] === '' ? 'plan-change' : '', text),
    );
  const body = rows.map((texts, at) => {
    const row = el('tr', '', ...cells(texts));
    if (at === current) row.setAttribute('aria-current', 'true');
    return row;
  });
  return el(
    'table',
    'plan-points',
    el('caption', 'visually-hidden', caption),
    el('thead', '', el('tr', '', ...heads.map((text) => (text === '' ? el('td') : head(text, 'col'))))),
    el('tbody', '', ...body),
  );
}
