/** A trace of random steps as the profiler would write it, with the truth by the microsecond beside it. */

import type { Random } from './random.ts';

export interface TracePlan {
  readonly steps: number;
  /** Microseconds of each part of a step, on the mean. */
  readonly loaderUs: number;
  readonly readUs: number;
  readonly kernels: number;
  readonly kernelUs: number;
  /** Of Python's calls. */
  readonly stacks: boolean;
  /** The profiler was told of the host alone: no kernel, no call of the runtime. */
  readonly hostOnly?: boolean;
  /** Large kernels before the first marked step and after the last; none of them belongs to a step. */
  readonly kernelsOutside?: number;
}

export interface GeneratedTrace {
  readonly events: readonly object[];
  /** In microseconds. */
  readonly truth: {
    readonly spanUs: number;
    readonly busyUs: number;
    readonly loaderUs: number;
    readonly readUs: number;
  };
}

/** The script behind it: `train_step` begins at line 10 and reads a value; the loop stands in the module. */
export const tracedScript = `import torch

loader = torch.utils.data.DataLoader(data, batch_size=8)


def unrelated(loss):
    return loss.item()


def train_step(model, batch):
    loss = model(batch)
    loss.backward()
    return loss.item()


for batch in loader:
    train_step(model, batch)
`;
export const readLine = 13;
const ofGpu: ReadonlySet<string> = new Set(['kernel', 'cuda_runtime']);

export function generatedTrace(random: Random, plan: TracePlan): GeneratedTrace {
  const events: (object & { readonly cat: string; readonly [field: string]: unknown })[] = [];
  const start = 5_000_000 + Math.round(random.between(0, 1e6));
  const about = (mean: number): number => Math.max(1, Math.round(mean * random.between(0.5, 1.5)));
  const host = { ph: 'X', pid: 42, tid: 42 };
  const busy = new Set<number>();
  let correlation = 1;
  let now = start;
  let gpuFree = start;
  let end = start;
  const truth = { loaderUs: 0, readUs: 0 };
  for (let step = 0; step < plan.steps; step += 1) {
    const began = now;
    const loader = about(plan.loaderUs);
    events.push({
      ...host,
      cat: 'user_annotation',
      name: 'enumerate(DataLoader)#_SingleProcessDataLoaderIter.__next__',
      ts: now,
      dur: loader,
    });
    truth.loaderUs += loader;
    now += loader + 5;
    const called = now;
    for (let kernel = 0; kernel < plan.kernels; kernel += 1) {
      events.push({
        ...host,
        cat: 'cuda_runtime',
        name: 'cudaLaunchKernel',
        ts: now,
        dur: 4,
        args: { correlation },
      });
      const ts = Math.max(gpuFree, now + 8);
      const dur = about(plan.kernelUs);
      events.push({
        ph: 'X',
        pid: 0,
        tid: 7,
        cat: 'kernel',
        name: 'gemm',
        ts,
        dur,
        args: { device: 0, stream: 7, correlation },
      });
      for (let at = ts; at < ts + dur; at += 1) busy.add(at);
      gpuFree = ts + dur;
      correlation += 1;
      now += 6;
    }
    const waited = Math.max(about(plan.readUs), gpuFree - now + 3);
    events.push(
      { ...host, cat: 'cpu_op', name: 'aten::item', ts: now, dur: waited + 4 },
      { ...host, cat: 'cpu_op', name: 'aten::_local_scalar_dense', ts: now + 1, dur: waited + 2 },
      {
        ...host,
        cat: 'cuda_runtime',
        name: 'cudaStreamSynchronize',
        ts: now + 2,
        dur: waited,
        args: { correlation },
      },
    );
    truth.readUs += waited;
    correlation += 1;
    now += waited + 5;
    if (plan.stacks) {
      const frame = { ...host, cat: 'python_function' };
      events.push(
        { ...frame, name: 'train.py(10): train_step', ts: called, dur: now - called },
        { ...frame, name: 'torch/_tensor.py(40): item', ts: now - waited - 5, dur: waited + 5 },
      );
    }
    now += about(20);
    events.push({
      ...host,
      cat: 'user_annotation',
      name: `ProfilerStep#${step}`,
      ts: began,
      dur: now - began,
    });
    end = Math.max(now, gpuFree);
  }
  if (plan.stacks)
    events.push({
      ...host,
      cat: 'python_function',
      name: 'train.py(16): <module>',
      ts: start - 10,
      dur: end - start + 20,
    });
  for (let at = 0; at < (plan.kernelsOutside ?? 0); at += 1) {
    const outside = { cat: 'kernel', name: 'warm', ph: 'X', pid: 0, tid: 7, dur: 900 };
    const args = { device: 0, 'blocks per SM': 0.1 };
    events.push(
      { ...outside, ts: start - 1000 * (at + 1), args },
      { ...outside, ts: end + 2000 * (at + 1), args },
    );
  }
  const written = plan.hostOnly === true ? events.filter(({ cat }) => !ofGpu.has(cat)) : events;
  // The profiler writes what it collected by thread, not by time.
  written.sort(() => random.between(-1, 1));
  return { events: written, truth: { spanUs: end - start, busyUs: busy.size, ...truth } };
}
