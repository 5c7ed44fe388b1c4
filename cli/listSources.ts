/** Prints the power sources of this machine with their reasons and remedies. */

import type { SourceStatus } from '../contracts/samplerProtocol.ts';
import { openLocalSources } from './localSources.ts';
import type { SourcesOptions } from './sources.ts';
import { plain, table } from './terminalText.ts';

const stateText: Readonly<Record<SourceStatus['state'], string>> = {
  found: 'found',
  notFound: 'not found',
  failed: 'failed',
  lost: 'lost',
};

export async function listSources(options: SourcesOptions): Promise<void> {
  const sources = await openLocalSources({
    rateHz: 1,
    ...(options.prometheus === undefined ? {} : { prometheus: options.prometheus }),
  });
  const statuses = sources.keeper.statuses();
  sources.close();
  const text =
    options.format === 'json' ? `${JSON.stringify(statuses, null, 2)}\n` : `${sourcesText(statuses)}\n`;
  process.stdout.write(text);
}

/** One line a source with what it found or why it found nothing; the remedy stands below it. */
export function sourcesText(statuses: readonly SourceStatus[]): string {
  const rows = statuses.flatMap(({ id, state, detail, remedy }) => {
    const row = [id, stateText[state], plain(detail)];
    return remedy === null ? [row] : [row, ['', '', `→ ${plain(remedy)}`]];
  });
  return table([['SOURCE', 'STATE', 'DETAIL'], ...rows], ['left', 'left', 'left']);
}
