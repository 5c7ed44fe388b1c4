/** Where the joules went: the waste of the run, with its place in the code. Rows keep their place under the pointer. */

import type { Confidence } from '../../contracts/findings.ts';
import { formatDuration, formatEnergy, formatShare } from '../../contracts/units.ts';
import { type WasteItem, type WasteKind, type WastePlace, wasteKinds } from '../../contracts/waste.ts';
import { headroomText, restOf, whatIfText } from '../../contracts/whatIfText.ts';
import { isSimulated } from '../chartData.ts';
import type { PanelState } from '../state.ts';
import { wasteKey } from '../wasteOrder.ts';
import { fileName, shorten } from '../words.ts';
import { button, el, setAttribute, setHidden, setText, svg } from './dom.ts';
import type { Doors, Part } from './part.ts';
import { createTraceCard } from './traceCard.ts';

/** More places than this would push the next waste out of sight. */
const mostPlaces = 3;

interface Row {
  readonly element: HTMLLIElement;
  show(item: WasteItem): void;
}

export function createWasteList(doors: Doors): Part {
  const total = el('span', 'waste-total');
  const simulated = el('span', 'tag', 'simulated');
  simulated.dataset['simulated'] = 'true';
  const heading = el('h2', '', 'Where the joules went');
  const list = el('ol', 'waste-items');
  const nothing = el('p', 'waste-nothing');
  const rest = el('p', 'waste-rest');
  const headroom = el('p', 'waste-rest');
  const head = el('div', 'waste-head', heading, simulated, total);
  const trace = createTraceCard(doors);
  const element = el('section', 'waste', head, list, nothing, rest, headroom, trace.element);
  element.setAttribute('aria-label', 'Where the joules went');
  holdWhileUsed(element, doors);
  const rows = new Map<string, Row>();

  return {
    element,
    update(state) {
      const { run } = state;
      trace.update(state);
      if (run === null) return;
      setHidden(simulated, !isSimulated(run));
      const items = new Map(run.waste.map((item) => [wasteKey(item), item]));
      const sum = run.waste.reduce((joules, item) => joules + item.energyJ, 0);
      const whole = run.totals.energyJ;
      const part = whole === null || whole <= 0 ? '' : ` · ${formatShare(sum / whole)}`;
      setText(total, run.waste.length === 0 ? '' : `${formatEnergy(sum)}${part}`);
      setAttribute(total, 'title', `${formatEnergy(sum)} of ${formatEnergy(whole)}`);
      for (const [key, row] of rows) {
        if (state.wasteOrder.includes(key)) continue;
        row.element.remove();
        rows.delete(key);
      }
      for (const [at, key] of state.wasteOrder.entries()) {
        let row = rows.get(key);
        if (row === undefined) {
          row = createRow(key, doors);
          rows.set(key, row);
        }
        // Moving an element drops its focus, so only what stands elsewhere is moved.
        const there = list.children[at];
        if (there !== row.element) list.insertBefore(row.element, there ?? null);
        const item = items.get(key);
        if (item !== undefined) row.show(item);
      }
      setHidden(list, rows.size === 0);
      setHidden(nothing, rows.size > 0);
      setText(nothing, nothingText(state));
      const known = whole !== null && whole > 0 && rows.size > 0;
      setHidden(rest, !known);
      if (known) {
        const restJ = restOf(whole, run.waste);
        setText(rest, `Everything else: ${formatEnergy(restJ)} · ${formatShare(restJ / whole)}`);
      }
      setHidden(headroom, run.memoryHeadroom === undefined);
      if (run.memoryHeadroom !== undefined) setText(headroom, headroomText(run.memoryHeadroom));
    },
  };
}

function nothingText({ run }: PanelState): string {
  if (run === null) return '';
  if (run.totals.energyJ === null) return 'Without power readings no waste can be told.';
  if (run.state === 'live') {
    return 'Nothing yet. Waste shows here within some 15 seconds of evidence.';
  }
  return 'No waste found: nothing pointed to any of the kinds that are looked for.';
}

function holdWhileUsed(element: HTMLElement, doors: Doors): void {
  let pointer = false;
  let focus = false;
  const tell = (): void => doors.dispatch({ type: 'page/holdWaste', held: pointer || focus });
  element.addEventListener('pointerenter', () => {
    pointer = true;
    tell();
  });
  element.addEventListener('pointerleave', () => {
    pointer = false;
    tell();
  });
  element.addEventListener('focusin', () => {
    focus = true;
    tell();
  });
  element.addEventListener('focusout', (event) => {
    focus = event.relatedTarget instanceof Node && element.contains(event.relatedTarget);
    tell();
  });
}

function createRow(key: string, doors: Doors): Row {
  let kind: WasteKind | null = null;
  const name = button('', 'waste-name', () => {
    if (kind !== null) doors.send({ type: 'explainWaste', kind });
  });
  const energy = el('span', 'waste-energy');
  const share = el('span', 'waste-share');
  const bar = svg('rect', { class: 'waste-bar-share', height: '100%', width: 0 });
  const track = svg('svg', { class: 'waste-bar', 'aria-hidden': 'true' }, bar);
  const evidence = el('p', 'evidence');
  const saving = el('p', 'what-if');
  const places = el('ul', 'places');
  const element = el(
    'li',
    'waste-item',
    el('div', 'waste-line', name, energy, share),
    track,
    evidence,
    saving,
    places,
  );
  element.dataset['waste'] = key;
  const light = (lit: boolean) => () => doors.dispatch({ type: 'page/lightWaste', key: lit ? key : null });
  element.addEventListener('pointerenter', light(true));
  element.addEventListener('pointerleave', light(false));
  element.addEventListener('focusin', light(true));
  element.addEventListener('focusout', light(false));
  let shown = '';
  return {
    element,
    show(item) {
      kind = item.kind;
      const info = wasteKinds[item.kind];
      setText(name, info.label);
      setAttribute(name, 'title', `${info.explanation} Opens its page.`);
      setText(energy, formatEnergy(item.energyJ));
      setText(share, formatShare(item.share));
      const share100 = Number.isFinite(item.share) ? Math.min(1, Math.max(0, item.share)) * 100 : 0;
      setAttribute(bar, 'width', `${share100.toFixed(1)}%`);
      const nowhere = item.places.length === 0;
      setText(evidence, `${nowhere ? `${item.certainty}: ` : ''}${shorten(item.evidence, 400)}`);
      setAttribute(element, 'data-places', String(item.places.length));
      setAttribute(evidence, 'title', `${item.evidence}\nFor ${formatDuration(item.durationMs)} in all.`);
      setHidden(saving, item.whatIf === undefined);
      if (item.whatIf !== undefined) setText(saving, whatIfText(item.whatIf));
      const wanted = JSON.stringify([item.certainty, item.places]);
      if (wanted === shown) return;
      shown = wanted;
      places.replaceChildren(...placeRows(item, doors));
    },
  };
}

function placeRows({ places, certainty }: WasteItem, doors: Doors): readonly HTMLLIElement[] {
  const rows = places.slice(0, mostPlaces).map((place) => placeRow(place, certainty, doors));
  const more = places.length - mostPlaces;
  return more > 0 ? [...rows, el('li', 'place-more', `and ${more} more places`)] : rows;
}

function placeRow(place: WastePlace, certainty: Confidence, doors: Doors): HTMLLIElement {
  const { path, line, rule } = place;
  const where = `${fileName(path)}:${line}`;
  const name = el('span', 'place-name', el('span', 'place-file', fileName(path)), `:${line}`);
  name.title = `${path}:${line}\n${place.message}`;
  const open = button('Open', 'link', () => doors.send({ type: 'openPlace', path, line }));
  const fix = button('Fix', 'link', () => doors.send({ type: 'fixPlace', path, line, rule }));
  const why = button('Why', 'link', () => doors.send({ type: 'explainRule', rule }));
  open.title = `Open ${path}:${line}`;
  fix.title = place.fixTitle ?? '';
  why.title = `Why ${rule} costs energy`;
  for (const [control, word] of [
    [open, 'Open'],
    [fix, 'Fix'],
    [why, 'Why'],
  ] as const) {
    control.setAttribute('aria-label', `${word} ${where}`);
  }
  const sure = el('span', 'certainty', certainty);
  sure.dataset['certainty'] = certainty;
  return el('li', 'place', name, sure, open, ...(place.fixTitle === null ? [] : [fix]), why);
}
