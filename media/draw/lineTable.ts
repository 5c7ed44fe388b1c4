/** The table of joules by line: its sortable head, and one tab stop for all its rows. */

import type { LineColumn, LineListing } from '../view.ts';
import { button, el, setAttribute, setText } from './dom.ts';
import type { Doors } from './part.ts';

interface LineTable {
  readonly element: HTMLElement;
  readonly body: HTMLTableSectionElement;
  /** The pointer or the focus is on a row: rows may not change places. */
  held(): boolean;
  refresh(listing: LineListing): void;
}

const titles: Readonly<Record<LineColumn, (by: LineListing['by']) => string>> = {
  place: (by) => (by === 'line' ? 'Line' : 'Function'),
  energy: () => 'Energy',
  active: () => 'Active',
  idle: () => 'Idle',
};

const explained: Readonly<Record<LineColumn, string>> = {
  place: 'Sort by place',
  energy: "Joules of the run's GPUs while the program was at the line",
  active: 'Of those, while a kernel ran on a GPU',
  idle: 'Of those, while no kernel ran',
};

export function createLineTable(doors: Doors): LineTable {
  const caption = el('caption', 'visually-hidden');
  const body = el('tbody');
  const sorts = new Map<
    LineColumn,
    { readonly cell: HTMLTableCellElement; readonly sort: HTMLButtonElement }
  >();
  const sortable = (column: LineColumn): HTMLTableCellElement => {
    const sort = button('', 'lines-sort', () => {
      const { lines } = doors.state().view;
      const descending = lines.sort === column ? !lines.descending : column !== 'place';
      doors.dispatch({ type: 'page/lines', lines: { ...lines, sort: column, descending } });
    });
    sort.title = explained[column];
    const cell = el('th', `lines-${column}`, sort);
    cell.scope = 'col';
    sorts.set(column, { cell, sort });
    return cell;
  };
  const plain = (className: string, content: Node | string): HTMLTableCellElement => {
    const cell = el('th', className, content);
    cell.scope = 'col';
    return cell;
  };
  const where = plain('lines-where', '');
  const head = el(
    'tr',
    '',
    sortable('place'),
    where,
    sortable('energy'),
    plain('lines-share', el('span', '', 'Share')),
    sortable('active'),
    sortable('idle'),
  );
  const element = el('div', 'table-scroll', el('table', 'lines-table', caption, el('thead', '', head), body));

  const stops = (): HTMLButtonElement[] => [...body.querySelectorAll('button')];
  const oneStop = (): void => {
    const all = stops();
    const stop = all.find((row) => row === document.activeElement) ?? all[0];
    for (const row of all) row.tabIndex = row === stop ? 0 : -1;
  };
  body.addEventListener('keydown', (event) => {
    const all = stops();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const targets: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: all.length - 1,
    };
    const target = all[targets[event.key] ?? -1];
    if (at < 0 || target === undefined) return;
    event.preventDefault();
    target.focus();
    oneStop();
  });

  return {
    element,
    body,
    held: () => body.matches(':hover') || body.contains(document.activeElement),
    refresh(listing) {
      setText(caption, listing.by === 'line' ? 'Joules by line' : 'Joules by function');
      setText(where, listing.by === 'line' ? 'Function' : 'File');
      for (const [column, { cell, sort }] of sorts) {
        const sorted = column === listing.sort;
        const title = titles[column](listing.by);
        setText(sort, sorted ? `${title} ${listing.descending ? '↓' : '↑'}` : title);
        setAttribute(sort, 'aria-label', title);
        setAttribute(cell, 'aria-sort', sorted ? (listing.descending ? 'descending' : 'ascending') : null);
      }
      oneStop();
    },
  };
}
