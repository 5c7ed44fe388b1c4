/**
 * Power limits through NVML: the driver's own call, on a thread, in a session for each question. Anybody may ask;
 * setting wants root or an administrator.
 */

import { bindLimits, type DeviceHandle, type NvmlLimitCalls } from '../sources/nvml/binding.ts';
import { failureOf, nvmlSuccess } from '../sources/nvml/returnCodes.ts';
import { within } from '../sources/nvml/within.ts';
import type { SourceDoor } from '../sources/source.ts';
import { type LimitControl, LimitError } from './limitControl.ts';

const answerWithinMs = 20_000;

export interface NvmlLimitParts {
  readonly door: SourceDoor;
  /** Where the library may be, best first; none where it is not to be called. */
  readonly libraries: readonly string[];
  /** The program that a person has named in the place of `nvidia-smi`: it may do what this process may not. */
  readonly ownProgram: () => LimitControl | null;
  readonly answerWithinMs?: number;
}

export function nvmlLimit(parts: NvmlLimitParts): LimitControl {
  const { door, libraries, ownProgram } = parts;
  /** GPUs whose driver still owes an answer: what it does in the end would make any reading of now untrue. */
  const unanswered = new Set<string>();

  /** Null where the library does not know the GPU or does not work. @throws LimitError when it hangs */
  async function ask<Answer>(
    uuid: string,
    question: (nvml: NvmlLimitCalls, handle: DeviceHandle) => Promise<Answer>,
  ): Promise<Answer | null> {
    if (!uuid.startsWith('GPU-')) return null;
    if (unanswered.has(uuid)) throw new LimitError(hung);
    const library = door.openLibrary?.(libraries).library ?? null;
    if (library === null) return null;
    const nvml = bindLimits(library);
    const asked = (async () => {
      library.calling(true);
      try {
        if ((await nvml.later('init')) !== nvmlSuccess) return null;
        const found = Buffer.alloc(8);
        const code = await nvml.later('handleByUuid', Buffer.from(`${uuid}\0`), found);
        const answer = code === nvmlSuccess ? await question(nvml, found.readBigUInt64LE()) : null;
        await nvml.later('shutdown');
        return { answer };
      } finally {
        library.calling(false);
        library.close();
      }
    })();
    // What comes back later ends its session by itself.
    const answered = await within(asked, parts.answerWithinMs ?? answerWithinMs);
    if (answered === 'late') {
      unanswered.add(uuid);
      const over = (): unknown => unanswered.delete(uuid);
      asked.then(over, over);
      throw new LimitError(hung);
    }
    return answered?.answer ?? null;
  }

  return {
    id: 'nvml',
    range: ({ uuid }) =>
      ask(uuid, async (nvml, handle) => {
        const wattsOf = async (name: 'limit' | 'defaultLimit'): Promise<number | null> => {
          const milliwatts = Buffer.alloc(4);
          const code = await nvml.later(name, handle, milliwatts);
          return code === nvmlSuccess ? milliwatts.readUInt32LE() / 1000 : null;
        };
        const [least, most] = [Buffer.alloc(4), Buffer.alloc(4)];
        if ((await nvml.later('constraints', handle, least, most)) !== nvmlSuccess) return null;
        const currentW = await wattsOf('limit');
        if (currentW === null) return null;
        const [leastW, mostW] = [least.readUInt32LE() / 1000, most.readUInt32LE() / 1000];
        return { currentW, defaultW: await wattsOf('defaultLimit'), leastW, mostW };
      }),
    async set(device, limitW) {
      const code = await ask(device.uuid, (nvml, handle) =>
        nvml.later('setLimit', handle, Math.round(limitW * 1000)),
      );
      if (code === nvmlSuccess) return;
      if (code === null) throw new LimitError(gone);
      const { reason, text } = failureOf(code);
      const other = reason === 'noPermission' ? ownProgram() : null;
      if (other !== null) await other.set(device, limitW);
      else throw new LimitError(reason === 'noPermission' ? denied : notSet(limitW, reason, text));
    },
    command: ({ index }) => `sudo nvidia-smi -i ${index} -pl <W>`,
  };
}

const denied = {
  reason: 'noPermission',
  message: 'The driver lets only an administrator change the power limit.',
  remedy: 'Start zeusd ("sudo zeusd serve"): it changes limits for users who may open its socket.',
} as const;

const gone = {
  reason: 'lost',
  message: 'The driver does not know the GPU any more.',
  remedy: 'Run nvidia-smi in a terminal; when the GPU is missing there too, reload the driver or reboot.',
} as const;

const hung = {
  reason: 'timeout',
  message: 'NVML did not answer in time.',
  remedy: 'Run nvidia-smi in a terminal; when it hangs there too, reload the driver.',
} as const;

const notSet = (limitW: number, reason: ReturnType<typeof failureOf>['reason'], text: string) => ({
  reason,
  message: `NVML did not set ${limitW} W: ${text}.`,
  remedy: 'Name a limit between the least and the most that "nvidia-smi -q -d POWER" shows.',
});
