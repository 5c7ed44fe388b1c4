/** What a trace says of the kinds of waste: a trace covers some steps, so that only what happens in steps shows. */

import type { TraceKind, TraceSummary, TraceVerdict } from '../../contracts/trace.ts';
import { formatShare } from '../../contracts/units.ts';
import type { WasteKind } from '../../contracts/waste.ts';
import { gpuNotRecorded, leastConfirmed, mostRetired } from './judgeFindings.ts';

const fewestSteps = 3;
/** Kernels of fewer blocks than the GPU has processors leave some of it without work. */
const mostlyTooSmall = 0.3;
/** Starting a kernel takes the host some microseconds: shorter ones on a GPU that waits are held up by it. */
const shortKernelMs = 0.015;
const busy = 0.8;

type Judged = Omit<TraceKind, 'kind'>;

/** @param wanted the kinds that the run shows; those that a trace can tell are always there */
export function judgeKinds(summary: TraceSummary, wanted: readonly WasteKind[]): TraceKind[] {
  const told = new Map<WasteKind, Judged>([
    ['inputWait', waiting(summary, 'inputWait')],
    ['hostSync', waiting(summary, 'hostSync')],
    ['lowLoad', load(summary)],
  ]);
  for (const kind of wanted)
    if (!told.has(kind)) told.set(kind, kind === 'imbalance' ? exchange(summary) : outside);
  return [...told].map(([kind, judged]) => ({ kind, ...judged }));
}

const outside: Judged = {
  verdict: 'open',
  share: null,
  because: 'A trace of some steps does not show this.',
};

const unseen: Judged = { verdict: 'open', share: null, because: gpuNotRecorded };

function waiting(
  { shares, gpuIdle, steps, devices, gpuRecorded }: TraceSummary,
  kind: 'inputWait' | 'hostSync',
): Judged {
  if (kind === 'hostSync' && !gpuRecorded) return unseen;
  const share = shares[kind];
  const what = kind === 'inputWait' ? 'for the next batch' : 'for the GPU';
  const idle =
    devices.length === 0 ? '' : `; no kernel ran in ${formatShare(gpuIdle[kind])} on account of that`;
  const because = `The host waited ${what} in ${formatShare(share)} of the traced time${idle}.`;
  // The host may wait while the GPU works: that alone wastes nothing.
  const counts = devices.length === 0 ? share : gpuIdle[kind];
  const verdict: TraceVerdict =
    counts >= leastConfirmed && share >= mostRetired
      ? 'confirmed'
      : share < mostRetired && steps >= fewestSteps
        ? 'retired'
        : 'open';
  return { verdict, share, because };
}

function load({ devices, gpuRecorded }: TraceSummary): Judged {
  if (!gpuRecorded) return unseen;
  const small = devices.filter(({ tooSmallShare }) => (tooSmallShare ?? 0) >= mostlyTooSmall);
  const starved = devices.filter(
    ({ meanKernelMs, busyShare }) =>
      meanKernelMs !== null && meanKernelMs < shortKernelMs && busyShare < busy,
  );
  const share = Math.max(0, ...small.map(({ tooSmallShare }) => tooSmallShare ?? 0));
  if (small.length > 0)
    return {
      verdict: 'confirmed',
      share,
      because: `Kernels with fewer blocks than the GPU has processors made up ${formatShare(share)} of the kernels’ time.`,
    };
  if (starved.length > 0)
    return {
      verdict: 'confirmed',
      share: 1 - Math.min(...starved.map(({ busyShare }) => busyShare)),
      because:
        'Kernels are so short that starting them takes as long as they do: the step is bound by launches.',
    };
  return {
    verdict: 'open',
    share: null,
    because: 'The kernels are not so small that they alone explain a low load.',
  };
}

function exchange({ devices }: TraceSummary): Judged {
  const share = Math.max(0, ...devices.map(({ exchangeShare }) => exchangeShare));
  if (share === 0) return outside;
  return {
    verdict: 'open',
    share,
    because: `Kernels that exchange data between GPUs ran in ${formatShare(share)} of the traced time; one trace does not tell how much of it was waiting for another GPU.`,
  };
}
