import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceReading } from './trace.ts';
import { traceSections } from './traceText.ts';

const gpuLine = (kernels: number, steps: number): string | undefined => {
  const device = { index: 0, name: null, busyShare: 0.5, kernels, meanKernelMs: 2 };
  const summary = { devices: [device], steps, spanMs: 100, waits: [] };
  const reading = { summary, findings: [], kinds: [], notes: [] } as unknown as TraceReading;
  return traceSections(reading)[0]?.lines[0];
};

test('one kernel is written as one, many as many', () => {
  assert.match(gpuLine(10, 10) ?? '', /; 1 kernel a step, 2\.00 ms each$/);
  assert.match(gpuLine(1, 0) ?? '', /; 1 kernel, /);
  assert.match(gpuLine(1234, 0) ?? '', /; 1,234 kernels, /);
});
