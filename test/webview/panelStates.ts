/** Each state of the page outside its tabs: what the host posts. Pictures are taken of them, and axe looks at them. */

import type { HostMessage } from '../../contracts/viewProtocol.ts';
import { block, durable, emptyHydrate, hydrate, missingSources, run, sources, waste } from './recordings.ts';

/** As long as names really get: a generated checkpoint, a nested package, a board with all its suffixes. */
const longScript = 'finetune_llama3_8b_instruct_lora_r64_alpha128_packed_seq4096_bf16_zero3_offload.py';
const longFolder = '/home/me/projects/large-language-models/experiments/2026-11-instruction-tuning/src';
const longDevice = 'NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition MIG 1g.24gb';

function longNames(): HostMessage {
  const items = waste(91_200).map((item) => ({
    ...item,
    places: item.places.map((place) => ({ ...place, path: `${longFolder}/${longScript}`, line: 14_088 })),
  }));
  const shown = {
    ...run({ gpus: 4, deviceName: longDevice }),
    name: longScript,
    command: `python ${longFolder}/${longScript} --model-name-or-path meta-llama/Meta-Llama-3-8B-Instruct`,
    waste: items,
  };
  return hydrate({ gpus: 4 }, { run: shown, runs: [shown] });
}

function gap(): HostMessage {
  const [fromMs, toMs] = [40_000, 62_000];
  const samples = block({}, 0, 120_000);
  const kept = samples.timesMs.map((time) => time < fromMs || time > toMs);
  return hydrate(
    {},
    {
      run: {
        ...run(),
        gaps: [{ fromMs, toMs, reason: 'samplerDown' }],
        totals: { ...run().totals, coverage: 0.82 },
      },
      block: {
        series: samples.series,
        timesMs: samples.timesMs.filter((_, at) => kept[at]),
        values: samples.values.map((row) => row.filter((_, at) => kept[at])),
      },
    },
  );
}

function noPermission(): HostMessage {
  const shown = run({ gpus: 1 });
  return hydrate(
    { gpus: 1 },
    {
      block: null,
      run: {
        ...shown,
        steps: null,
        waste: [],
        totals: {
          ...shown.totals,
          energyJ: null,
          missing: 'noPermission',
          idleJ: null,
          meanPowerW: null,
          witnessJ: null,
          provenance: null,
        },
        notices: [
          {
            id: 'noPermission',
            message: 'The power of this GPU may not be read.',
            remedy: 'Ask the administrator of this machine for profiling permission.',
          },
        ],
      },
    },
  );
}

/** Nothing was run yet, and what was asked may not be read. */
const sourcesRefused = missingSources.map((source, at) =>
  at > 0
    ? source
    : {
        ...source,
        state: 'failed' as const,
        reason: 'noPermission' as const,
        detail: 'nvidia-smi answers “Insufficient Permissions” for power.',
        remedy: 'Ask the administrator of this machine for profiling permission.',
      },
);

export const panelStates = {
  'empty-noRuns': emptyHydrate({ empty: { reason: 'noRuns', detail: '' }, sources }),
  'empty-noGpu': emptyHydrate({
    empty: { reason: 'noGpu', detail: 'No program here can read the power of a GPU.' },
  }),
  'empty-noPermission': emptyHydrate({ empty: { reason: 'noGpu', detail: '' }, sources: sourcesRefused }),
  'empty-samplerFailed': emptyHydrate({
    empty: { reason: 'samplerFailed', detail: 'It ended at once: node 18.2 is too old, 22.13 is needed.' },
  }),
  'empty-untrusted': emptyHydrate({ empty: { reason: 'untrusted', detail: '' } }),
  'empty-starting': emptyHydrate({ empty: { reason: 'starting', detail: '' } }),
  'empty-choose': emptyHydrate({ runs: [run({ state: 'ended' })] }),
  'no-permission': noPermission(),
  'first-seconds': hydrate({ durationMs: 1500 }),
  live: hydrate(),
  simulated: hydrate({ simulated: true, gpus: 3 }),
  ended: hydrate({ state: 'ended' }),
  '16-gpus': hydrate({ gpus: 16 }),
  'long-names': longNames(),
  gap: gap(),
  'read-only': hydrate({}, { store: { ...durable, kind: 'readOnly', reason: 'The disk is full.' } }),
} satisfies Readonly<Record<string, HostMessage>>;
