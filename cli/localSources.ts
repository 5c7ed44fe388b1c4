/**
 * The power sources of this machine, opened in this very process: looking at them needs neither the sampler nor its
 * store. Programs that a source starts are ended with it.
 */

import { readFile } from 'node:fs/promises';
import { createMachineDoor } from '../sampler/machineDoor.ts';
import { createMachineFolder } from '../sampler/machineFolder.ts';
import { SourceKeeper } from '../sampler/sourceKeeper.ts';
import { powerSources } from '../sampler/sources/index.ts';
import { parseAddress } from '../sampler/sources/prometheus/api.ts';
import { createReplay } from '../sampler/sources/replay.ts';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';

export interface LocalSources {
  readonly keeper: SourceKeeper;
  close(): void;
}

export interface LocalSourceOptions {
  /** Id of the only source to open; every one when it is absent. */
  readonly source?: string;
  /** Readings a second. */
  readonly rateHz: number;
  /** Address of a server to ask for GPUs of other machines. */
  readonly prometheus?: string;
  /** File of a recorded run; then it is the only source. */
  readonly replay?: string;
}

/**
 * Opens the sources and waits until each has answered once.
 * @throws UsageError for an id that no source has, an address that is none, or a recorded run that cannot be read
 */
export async function openLocalSources(options: LocalSourceOptions): Promise<LocalSources> {
  if (options.prometheus !== undefined && parseAddress(options.prometheus) === null)
    throw new UsageError(
      'the address of --prometheus is not one of http or https; write it as http://prometheus.example:9090.',
    );
  const all =
    options.replay === undefined
      ? powerSources(createMachineFolder)
      : [createReplay(await recording(options.replay))];
  const wanted = options.source === undefined ? all : all.filter(({ id }) => id === options.source);
  if (wanted.length === 0) {
    const ids = all.map(({ id }) => id).join(', ');
    throw new UsageError(`there is no source "${options.source}"; use one of: ${ids}.`);
  }
  const door = createMachineDoor();
  const keeper = new SourceKeeper(wanted, door, {
    rateHz: options.rateHz,
    nvidiaSmiPath: null,
    prometheusUrl: options.prometheus ?? null,
  });
  const close = (): void => {
    keeper.close();
    door.close();
  };
  await keeper.ready();
  return { keeper, close };
}

async function recording(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${plain(path)} cannot be read (${plain((error as Error).message)}); name a file of "perjoule export".`,
    );
  }
}
