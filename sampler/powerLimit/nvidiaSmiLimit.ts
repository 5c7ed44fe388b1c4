/**
 * Power limits through `nvidia-smi`. Anybody may ask; setting wants root, and the program says so on standard output
 * with an exit code that older versions leave at 0.
 */

import type { CommandResult, SourceDoor } from '../sources/source.ts';
import { type LimitControl, LimitError } from './limitControl.ts';

const answerWithinMs = 20_000;
const fields = ['power.limit', 'power.default_limit', 'power.min_limit', 'power.max_limit'] as const;

/** @param program null where there is none */
export function nvidiaSmiLimit(door: SourceDoor, program: () => string | null): LimitControl {
  async function ask(args: readonly string[]): Promise<CommandResult> {
    const path = program();
    if (path === null) throw new LimitError(missing);
    const result = await door.run(path, args, answerWithinMs).catch(() => null);
    if (result === null) throw new LimitError(missing);
    if (result.timedOut) throw new LimitError(hung);
    return result;
  }

  return {
    id: 'nvidia-smi',
    async range({ uuid }) {
      // The ids of other sources are not NVIDIA's.
      if (!/^GPU-[0-9a-f-]+$/i.test(uuid) || program() === null) return null;
      const query = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits', '-i', uuid];
      const { exitCode, stdout } = await ask(query);
      if (exitCode !== 0) return null;
      const [currentW, defaultW, leastW, mostW] = stdout.trim().split(',').map(wattsOf);
      if (currentW === undefined || leastW === undefined || mostW === undefined) return null;
      return { currentW, defaultW: defaultW ?? null, leastW, mostW };
    },
    async set(device, limitW) {
      const { exitCode, stdout, stderr } = await ask(['-i', device.uuid, '-pl', String(limitW)]);
      const said = `${stdout}\n${stderr}`.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
      if (/insufficient permission|no permission|root/i.test(`${stdout}${stderr}`))
        throw new LimitError({
          reason: 'noPermission',
          message: 'The driver lets only an administrator change the power limit.',
          remedy: 'Start zeusd ("sudo zeusd serve"): it changes limits for users who may open its socket.',
        });
      if (exitCode !== 0 || /not (a valid|supported)/i.test(stdout))
        throw new LimitError({
          reason: 'badOutput',
          message: `nvidia-smi did not set ${limitW} W${said === '' ? '' : `: ${said}`}`,
          remedy: 'Name a limit between the least and the most that "nvidia-smi -q -d POWER" shows.',
        });
    },
    command: ({ index }) => `sudo nvidia-smi -i ${index} -pl <W>`,
  };
}

/** Undefined for `[N/A]` and the like. */
const wattsOf = (cell: string): number | undefined =>
  /^\s*\d+(\.\d+)?( W)?\s*$/.test(cell) ? Number.parseFloat(cell) : undefined;

const missing = {
  reason: 'notFound',
  message: 'nvidia-smi was not found.',
  remedy: 'Set "perjoule.sampler.nvidiaSmiPath" to it.',
} as const;

const hung = {
  reason: 'timeout',
  message: 'nvidia-smi did not answer in time.',
  remedy: 'Run nvidia-smi in a terminal; when it hangs there too, reload the driver.',
} as const;
