/** The thread that reads a trace beside the extension host: half a gigabyte takes some seconds, and ends with the thread. */

import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { TraceAnswer, TraceRequest } from '../contracts/trace.ts';
import { tracedHints } from '../insight/trace/tracedHints.ts';
import { TraceError } from '../insight/trace/traceError.ts';
import { traceReading } from '../insight/trace/traceReading.ts';
import { besideRun } from './besideRun.ts';
import { readTraceFile } from './traceFile.ts';

const progressEveryMs = 200;

const answer = (message: TraceAnswer): void => parentPort?.postMessage(message);
const { path, run, findings } = workerData as TraceRequest;
let toldMs = performance.now();

try {
  const facts = await readTraceFile(path, (share) => {
    if (performance.now() - toldMs < progressEveryMs) return;
    toldMs = performance.now();
    answer({ type: 'progress', share });
  });
  const reading = traceReading(facts, basename(path), await besideRun(run, findings));
  answer({ type: 'read', reading, hints: tracedHints(reading) });
} catch (error) {
  if (!(error instanceof TraceError)) throw error;
  answer({ type: 'failed', reason: error.message });
}
