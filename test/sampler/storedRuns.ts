/** Runs as this machine's sampler has measured them, put into its store before it is started. */

import * as sqlite from 'node:sqlite';
import type { RunRecord } from '../../contracts/runFile.ts';
import { RunStore } from '../../sampler/store/runStore.ts';
import { type Recorded, runFile } from '../recordedRun.ts';
import type { Place } from './samplerHarness.ts';

/** Numbered in their order from 1. */
export function storeRuns({ environment }: Place, runs: readonly Recorded[]): void {
  const store = new RunStore(sqlite, environment);
  for (const [at, given] of runs.entries()) {
    const { run, stepMarks } = JSON.parse(runFile(given, at)) as RunRecord;
    const detail = { ...run, number: at + 1, hints: [] };
    store.stageRun({ detail, clockZeroMs: run.startedAtMs, processStart: '' });
    store.stageStepMarks(run.runId, stepMarks, true);
  }
  store.flushAll(0);
  store.close();
}
