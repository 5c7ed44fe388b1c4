/** Runs from files on their way into the store: samples first, the run itself last, so that no half run is seen. */

import type { MetricId } from '../../contracts/metrics.ts';
import type { RunBlock, RunRecord } from '../../contracts/runFile.ts';
import type { RunDetail, RunSummary } from '../../contracts/runs.ts';
import type { ImportSamplesParams } from '../../contracts/samplerProtocol.ts';
import type { SamplerClock } from '../clock.ts';
import { runSummary } from '../runSummary.ts';
import type { RunStore } from '../store/runStore.ts';
import type { TrackKey } from '../store/waiting.ts';
import { checkBlock, checkRecord } from './checkRecord.ts';
import { importedUuid } from './exportRun.ts';
import { RunFileError } from './shape.ts';

/** Stored seconds end before now: the newest ones belong to what is measured here. */
const marginMs = 2_000;

export class RunImports {
  readonly #store: RunStore;
  readonly #clock: SamplerClock;
  /** Sampler time of the run clock's zero, by run. */
  readonly #zeros = new Map<string, number>();

  constructor(store: RunStore, clock: SamplerClock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws RunFileError for a run that is here already, or samples that lie outside it */
  addSamples({ runId, startedAtMs, durationMs, blocks }: ImportSamplesParams): void {
    this.#refuseKnown(runId);
    const zeroMs = this.#zeroOf(runId, startedAtMs, durationMs);
    for (const [index, given] of blocks.entries()) {
      const block = checkBlock(given, `samples[${index}]`);
      if ((block.timesMs.at(-1) ?? 0) > durationMs + 1000)
        throw new RunFileError(`samples[${index}] go on after the run has ended.`);
      this.#add(block, runId, zeroMs);
    }
    this.#store.flush(this.#clock.nowMs());
  }

  /** @throws RunFileError for a run that is here already */
  addRun(given: RunRecord): RunSummary {
    const { imported } = given.run;
    const { run, stepMarks, findings } = checkRecord(given);
    this.#refuseKnown(run.runId);
    const clockZeroMs = this.#zeroOf(run.runId, run.startedAtMs, run.durationMs);
    const detail: RunDetail = {
      ...run,
      number: this.#store.nextRunNumber(),
      // Its process is not one of this machine.
      pid: 0,
      state: run.state === 'live' ? 'interrupted' : run.state,
      devices: run.devices.map((device) => ({ ...device, uuid: importedUuid(device.uuid, run.runId) })),
      imported: {
        format: imported?.format ?? 'perjoule',
        file: (imported?.file ?? '').slice(0, 255),
        importedAtMs: Math.round(this.#clock.wallMs()),
      },
    };
    this.#store.stageRun({ detail, clockZeroMs, processStart: '' });
    this.#store.stageStepMarks(run.runId, stepMarks, true);
    this.#store.flush(this.#clock.nowMs());
    this.#store.saveFindings(run.runId, findings);
    this.#zeros.delete(run.runId);
    return runSummary(detail);
  }

  #refuseKnown(runId: string): void {
    // One that was deleted makes way: its import is the wish to have it back.
    this.#store.purge(runId);
    const known = this.#store.get(runId);
    if (known !== null) throw new RunFileError(`It is here already, as run ${known.detail.number}.`);
  }

  /** A file from a machine whose clock is ahead must not lie in this one's future. */
  #zeroOf(runId: string, startedAtMs: number, durationMs: number): number {
    const known = this.#zeros.get(runId);
    if (known !== undefined) return known;
    const latestMs = this.#clock.nowMs() - durationMs - marginMs;
    // Whole, as the times in the file are: the store would round their sum.
    const zeroMs = Math.max(0, Math.floor(Math.min(startedAtMs, latestMs)));
    this.#zeros.set(runId, zeroMs);
    return zeroMs;
  }

  #add(block: RunBlock, runId: string, zeroMs: number): void {
    const key: TrackKey =
      block.track === 'host' ? `host/${runId}` : `gpu/${importedUuid(block.track, runId)}`;
    const columns = Object.entries(block.values) as [MetricId, readonly (number | null)[]][];
    for (const [index, timeMs] of block.timesMs.entries()) {
      const values: Partial<Record<MetricId, number>> = {};
      for (const [metric, column] of columns) {
        const value = column[index];
        if (value !== null && value !== undefined) values[metric] = value;
      }
      this.#store.addSample(key, { timeMs: zeroMs + timeMs, values });
    }
  }
}
