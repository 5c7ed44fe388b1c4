/** What the user should know about the run beside its numbers. */

import { kernelHoldText } from '../contracts/kernelHold.ts';
import type { PanelState } from './state.ts';

export interface Notice {
  readonly id: string;
  readonly text: string;
}

export function noticesOf(state: PanelState): readonly Notice[] {
  const { run, store, empty, messages, dismissed, sources } = state;
  const notices: Notice[] = messages.map((message) => ({ id: message, text: message }));
  for (const { id, message, remedy } of run?.notices ?? []) {
    notices.push({ id: `${run?.runId} ${id}`, text: remedy === null ? message : `${message} ${remedy}` });
  }
  if (run?.heldAfter !== undefined)
    notices.push({
      id: `${run.runId} heldAfter`,
      text: `After the cell: ${kernelHoldText(run.heldAfter)}.`,
    });
  if (run?.state === 'live') {
    for (const source of sources.filter(({ state: sourceState }) => sourceState === 'lost')) {
      notices.push({ id: `lost ${source.id}`, text: `${source.detail} ${source.remedy ?? ''}`.trim() });
    }
  }
  if (store !== null && store.kind !== 'durable') {
    const what =
      store.kind === 'memory'
        ? 'Runs are kept in memory only and end with the sampler'
        : 'The run store is read-only: new runs are not kept';
    notices.push({
      id: `store ${store.kind}`,
      text: `${what}${store.reason === null ? '.' : `: ${store.reason}`}`,
    });
  }
  if (run !== null && empty !== null && empty.reason !== 'noRuns' && empty.detail !== '') {
    notices.push({ id: `empty ${empty.reason}`, text: empty.detail });
  }
  const seen = new Set(dismissed);
  return notices.filter(({ id }) => {
    const first = !seen.has(id);
    seen.add(id);
    return first;
  });
}
