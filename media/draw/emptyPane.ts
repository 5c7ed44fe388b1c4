/** What stands in the panel when there is no run to draw. It teaches, and offers one thing to do. */

import { describeMissing } from '../../contracts/provenance.ts';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';
import { type EmptyText, emptyTexts, noPermissionText } from '../emptyTexts.ts';
import { pipelineAlone } from '../pipelineFigures.ts';
import type { PanelState } from '../state.ts';
import { button, el, setAttribute, setHidden } from './dom.ts';
import type { Doors, Part } from './part.ts';

export function createEmptyPane(doors: Doors): Part {
  const element = el('section', 'empty');
  element.setAttribute('aria-labelledby', 'empty-title');
  let shown: readonly unknown[] = [];
  return {
    element,
    update(state) {
      const visible = state.run === null && !pipelineAlone(state);
      setHidden(element, !visible);
      const from = [visible, state.hydrated, state.empty, state.sources, state.runs.length > 0];
      if (!visible || from.every((part, at) => part === shown[at])) return;
      shown = from;
      // Until the host has answered nothing is said: the text would only flicker.
      element.replaceChildren(...(state.hydrated ? parts(state, doors) : []));
      setAttribute(element, 'data-reason', reasonOf(state));
    },
  };
}

const reasonOf = (state: PanelState): keyof typeof emptyTexts => state.empty?.reason ?? 'noRuns';

function parts(state: PanelState, doors: Doors): readonly Node[] {
  const text = textOf(state);
  const title = el('h2', '', text.title);
  title.id = 'empty-title';
  const listed = text.listSources ? state.sources : [];
  const given = state.empty?.detail ?? '';
  // What the list of sources says anyway is not said twice.
  const detail = listed.some((source) => given.includes(source.detail)) ? '' : given;
  const main = el(
    'div',
    'empty-main',
    title,
    ...(detail === '' ? [] : [el('p', 'empty-detail', detail)]),
    ...text.lines.map((line) => el('p', '', line)),
    actions(text, doors),
  );
  const sources = listed.length > 0 ? [sourceList(listed)] : [];
  return [main, ...sources];
}

function textOf(state: PanelState): EmptyText {
  if (state.empty === null && state.runs.length > 0) return chooseText;
  const refused = state.sources.some(({ reason, host }) => reason === 'noPermission' && host !== true);
  return reasonOf(state) === 'noGpu' && refused ? noPermissionText : emptyTexts[reasonOf(state)];
}

const chooseText: EmptyText = {
  title: 'Choose a run',
  lines: ['Pick a run from the list above, or start one.'],
  action: { label: 'Run with Energy Profile', command: 'runWithProfile' },
  second: null,
  listSources: false,
};

function actions(text: EmptyText, doors: Doors): HTMLElement {
  const row = el('div', 'actions');
  for (const [choice, className] of [
    [text.action, 'primary'],
    [text.second, 'secondary'],
  ] as const) {
    if (choice === null) continue;
    row.append(
      button(choice.label, className, () => doors.send({ type: 'command', command: choice.command })),
    );
  }
  return row;
}

const stateWords: Readonly<Record<SourceStatus['state'], string>> = {
  found: 'found',
  notFound: 'not found',
  failed: 'failed',
  lost: 'lost',
};

function sourceList(sources: readonly SourceStatus[]): HTMLElement {
  const heading = el(
    'h3',
    '',
    sources.some(({ state }) => state === 'found') ? 'Power sources' : 'What was looked for',
  );
  const items = sources.map((source) => {
    const why = source.reason === null ? '' : `: ${describeMissing(source.reason)}`;
    const item = el(
      'li',
      'source',
      el('span', 'source-name', source.label),
      el('span', 'source-state', `${stateWords[source.state]}${source.state === 'failed' ? why : ''}`),
      el('p', 'source-detail', source.detail),
      ...(source.remedy === null ? [] : [el('p', 'source-remedy', source.remedy)]),
    );
    item.dataset['state'] = source.state;
    return item;
  });
  return el('div', 'sources', heading, el('ul', '', ...items));
}
