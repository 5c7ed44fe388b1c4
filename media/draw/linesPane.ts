/** Joules by line and by function, where the run had a probe; else what is known instead and how to turn it on. */

import type { LineReport } from '../../contracts/lines.ts';
import { describeMissing, provenanceTag } from '../../contracts/provenance.ts';
import type { RunDetail } from '../../contracts/runs.ts';
import { formatEnergy, formatShare } from '../../contracts/units.ts';
import { isSimulated } from '../chartData.ts';
import { orderHeld } from '../heldOrder.ts';
import { lineRows, nearPath } from '../lineRows.ts';
import { shorten } from '../words.ts';
import { button, el, setAttribute, setHidden, setText } from './dom.ts';
import { createLineRow, type LineRowView } from './lineRow.ts';
import { createLineTable } from './lineTable.ts';
import type { Doors, Part } from './part.ts';
import { roving } from './roving.ts';

export function createLinesPane(doors: Doors): Part {
  const without = withoutProbe(doors);
  const simulated = el('span', 'tag', 'simulated');
  simulated.dataset['simulated'] = 'true';
  const quality = el('span', 'tag');
  const kinds = el('div', 'lines-by');
  kinds.setAttribute('role', 'group');
  kinds.setAttribute('aria-label', 'List by');
  const choices = (['line', 'function'] as const).map((by) => {
    const choice = button(by === 'line' ? 'By line' : 'By function', 'tab', () =>
      doors.dispatch({ type: 'page/lines', lines: { ...doors.state().view.lines, by } }),
    );
    kinds.append(choice);
    return [by, choice] as const;
  });
  const rove = roving(kinds, (chosen) => chosen.click());
  const divided = el('p', 'lines-divided');
  divided.title = 'The joules that were divided among the samples of the main thread. Shares are of these.';
  const phases = el('p', 'lines-phases');
  const table = createLineTable(doors);
  table.element.append(phases);
  const told = el(
    'div',
    'lines-told',
    el('div', 'lines-head', kinds, simulated, quality, divided),
    table.element,
  );
  const element = el('div', 'lines', without.element, told);
  const rows = new Map<string, LineRowView>();
  let order: readonly string[] = [];
  let shape: readonly unknown[] = [];
  let filledFrom: readonly unknown[] = [];

  function fill(run: RunDetail, report: LineReport): void {
    const { lines: listing } = doors.state().view;
    const list = lineRows(report, listing);
    const newShape = [run.runId, listing];
    const kept = newShape.every((part, at) => part === shape[at]);
    shape = newShape;
    order = orderHeld(
      list.map(({ key }) => key),
      order,
      kept && table.held(),
    );
    const byKey = new Map(list.map((row) => [row.key, row]));
    for (const [key, row] of rows) {
      if (byKey.has(key)) continue;
      row.element.remove();
      rows.delete(key);
    }
    const most = Math.max(...list.map(({ share }) => share ?? 0));
    const shown = order.filter((key) => byKey.has(key));
    for (const [at, key] of shown.entries()) {
      const view = rows.get(key) ?? createLineRow(doors);
      rows.set(key, view);
      const there = table.body.children[at];
      // Moving an element drops its focus.
      if (there !== view.element) table.body.insertBefore(view.element, there ?? null);
      const row = byKey.get(key);
      if (row !== undefined) view.show(row, { near: nearPath(row.path, run.cwd), by: listing.by, most });
    }
    table.refresh(listing);
  }

  return {
    element,
    update({ run, view }) {
      if (run === null) return;
      const { lines: report } = run;
      setHidden(without.element, report !== undefined);
      without.show(run.state === 'live');
      setHidden(told, report === undefined);
      if (report === undefined) return;
      const from = [run.runId, report, run.totals.provenance, view.lines, table.held()];
      if (from.every((part, at) => part === filledFrom[at])) return;
      filledFrom = from;
      setHidden(simulated, !isSimulated(run));
      const { provenance } = run.totals;
      setText(quality, provenanceTag(provenance === null ? null : { ...provenance, simulated: false }));
      for (const [by, choice] of choices) setAttribute(choice, 'aria-pressed', String(by === view.lines.by));
      rove.refresh();
      setText(divided, dividedText(run, report));
      setText(phases, phasesText(report));
      fill(run, report);
    },
  };
}

function dividedText({ totals }: RunDetail, { sampledJ, samples, missedSamples }: LineReport): string {
  const why = totals.missing === null ? 'no reading' : describeMissing(totals.missing);
  const whole = totals.energyJ === null ? '' : ` of ${formatEnergy(totals.energyJ)}`;
  const missed =
    missedSamples > 0 ? ` · ${missedSamples.toLocaleString('en')} more unmatched: a part is missing` : '';
  return `${sampledJ === null ? `Energy not available: ${why}` : `${formatEnergy(sampledJ)}${whole}`} · ${Math.round(samples).toLocaleString('en')} samples${missed}`;
}

const phasesText = ({ phases, sampledJ }: LineReport): string =>
  phases.length === 0
    ? ''
    : `Kinds of work: ${phases
        .map(
          ({ phase, energyJ }) =>
            `${shorten(phase, 40)} ${formatEnergy(energyJ)} (${formatShare(sampledJ && energyJ !== null ? energyJ / sampledJ : null)})`,
        )
        .join(
          ', ',
        )}. The GPU works behind the main thread: a line that waits for it shows what it did before.`;

interface WithoutProbe {
  readonly element: HTMLElement;
  show(live: boolean): void;
}

function withoutProbe(doors: Doors): WithoutProbe {
  const heading = el('h2');
  const known = el('p');
  const element = el(
    'section',
    'lines-without',
    heading,
    known,
    el(
      'p',
      '',
      'The probe is one Python file that a program loads at its start, where you ask for it. It notes 20 times a second which of your lines runs. Output, exit and files of the program stay the same.',
    ),
    el(
      'div',
      'actions',
      button('Turn on the probe…', 'primary', () =>
        doors.send({ type: 'command', command: 'openProbeSetting' }),
      ),
      el('span', '', 'or on a command line: ', el('code', '', 'perjoule run --probe -- python train.py')),
    ),
  );
  const instead =
    'what is known of lines is by time and by static findings only: “Where the joules went” measures each kind of waste by when the GPU idled, and names the lines in which the checker sees a cause.';
  return {
    element,
    show(live) {
      setText(heading, live ? 'No joules by line so far' : 'No joules by line for this run');
      setText(
        known,
        live
          ? `With the probe in the program they come here some seconds after its start; without it ${instead}`
          : `The probe was not in this program, so ${instead}`,
      );
    },
  };
}
