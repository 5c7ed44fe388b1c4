/** A trace as the profiler writes it with `with_stack=True`: steps of a function that reads a value from the GPU. */

const steps = 8;

/** @param waitUs how long the host waits in each step @param text of the file that has the function */
export function demoTrace(file: string, text: string, name: string, waitUs: number): string {
  const def = text.split('\n').findIndex((line) => line.startsWith(`def ${name}(`)) + 1;
  const host = { ph: 'X', pid: 1, tid: 1 };
  const stepUs = 20_000;
  const events: object[] = [
    { ...host, cat: 'python_function', name: `${file}(${def}): ${name}`, ts: 0, dur: steps * stepUs },
  ];
  for (let step = 0; step < steps; step += 1) {
    const ts = step * stepUs;
    const correlation = step + 1;
    events.push(
      { ...host, cat: 'user_annotation', name: `ProfilerStep#${step}`, ts, dur: stepUs },
      { ...host, cat: 'cuda_runtime', name: 'cudaLaunchKernel', ts: ts + 10, dur: 4, args: { correlation } },
      {
        ...host,
        cat: 'kernel',
        name: 'gemm',
        tid: 7,
        ts: ts + 20,
        dur: 900,
        args: { device: 0, correlation },
      },
      { ...host, cat: 'cpu_op', name: 'aten::item', ts: ts + 1000, dur: waitUs + 8 },
      { ...host, cat: 'cuda_runtime', name: 'cudaStreamSynchronize', ts: ts + 1002, dur: waitUs, args: {} },
    );
  }
  return JSON.stringify({ traceEvents: events });
}
