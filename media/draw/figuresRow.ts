/** Second row: the big numbers. */

import { type Figure, figuresOf } from '../figures.ts';
import { el, setAttribute, setHidden, setText } from './dom.ts';
import { createFamiliar } from './familiar.ts';
import type { Part } from './part.ts';

interface Tile {
  readonly element: HTMLElement;
  readonly label: HTMLElement;
  show(figure: Figure): void;
}

export function createFiguresRow(): Part {
  const element = el('dl', 'figures');
  const tiles = new Map<string, Tile>();
  const familiar = createFamiliar();
  return {
    element,
    update(state) {
      // A comparison shows the same figures, of both runs; a plan is about other limits than the run's own.
      const { tab } = state.view;
      setHidden(element, state.run === null || tab === 'compare' || tab === 'plan');
      for (const figure of figuresOf(state)) {
        let tile = tiles.get(figure.id);
        if (tile === undefined) {
          tile = createTile(figure.id);
          tiles.set(figure.id, tile);
          element.append(tile.element);
          if (figure.id === 'energy') tile.label.append(familiar.element);
        }
        tile.show(figure);
      }
      familiar.update(state);
    },
  };
}

function createTile(id: string): Tile {
  const label = el('span', 'figure-label');
  const tag = el('span', 'tag');
  const value = el('span', 'figure-value');
  const spread = el('span', 'figure-spread');
  const partner = el('span', 'figure-partner');
  const note = el('span', 'figure-note');
  const head = el('span', 'figure-head', label);
  const element = el('div', 'figure', el('dt', '', head, tag), el('dd', '', value, spread, partner, note));
  element.dataset['figure'] = id;
  return {
    element,
    label: head,
    show(figure) {
      setText(label, figure.label);
      setText(tag, figure.tag);
      setAttribute(tag, 'data-simulated', figure.simulated ? 'true' : null);
      setAttribute(tag, 'title', figure.tagTitle);
      setText(value, figure.value);
      setText(spread, figure.spread);
      setText(partner, figure.partner);
      setText(note, figure.note);
      setAttribute(note, 'title', figure.note === '' ? null : figure.note);
      setAttribute(partner, 'title', figure.partner);
      setAttribute(element, 'title', figure.title);
    },
  };
}
