/** What the store forgets: deleted runs for good, and the oldest single readings once it is over its limits. */

import type { DatabaseSync } from 'node:sqlite';
import type { RunTable } from './runTable.ts';
import type { SampleTable } from './sampleTable.ts';

export interface StoreLimits {
  /** Bytes that the file may hold; null for no limit. */
  readonly bytes: number | null;
  /** Days for which single readings are kept; null for no limit. */
  readonly rawDays: number | null;
}

export interface StoreTables {
  readonly database: DatabaseSync;
  readonly samples: SampleTable;
  readonly runs: RunTable;
}

/** A deletion can be taken back for so long. */
export const undoMs = 600_000;
const dayMs = 24 * 3_600_000;
const forgottenAtOnceMs = 3_600_000;

/** Bytes of the file that hold something. */
export function usedBytes(database: DatabaseSync): number {
  const read = (name: string): number =>
    Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  return (read('page_count') - read('freelist_count')) * read('page_size');
}

/** Forgets a deleted run, its marks and the samples that no other run shares. Nothing for a run that was not deleted. */
export function purge({ database, samples, runs }: StoreTables, runId: string): void {
  const run = runs.getDeleted(runId);
  if (run === null) return;
  const fromMs = run.clockZeroMs;
  const toMs = fromMs + run.detail.durationMs;
  // An imported run shares its samples with none.
  const shared = run.detail.imported === undefined;
  const alone = !shared || !runs.overlapsAnother(runId, fromMs - 60_000, toMs + 60_000);
  const tracks = [
    samples.track('host', runId, false),
    ...(alone ? run.detail.devices.map(({ uuid }) => samples.track('gpu', uuid, false)) : []),
  ];
  runs.delete(runId);
  samples.delete(
    tracks.filter((track) => track !== undefined),
    fromMs,
    toMs,
  );
  database.exec('PRAGMA incremental_vacuum');
}

/**
 * Forgets the oldest single readings beyond the limits. Runs, their figures and the summaries of their readings stay,
 * and so does what a live run needs.
 */
export function keepWithin(tables: StoreTables, limits: StoreLimits, nowMs: number): void {
  const { database, samples, runs } = tables;
  const liveFromMs = Math.min(nowMs, ...runs.leftLive().map(({ clockZeroMs }) => clockZeroMs));
  if (limits.rawDays !== null) forgetRaw(tables, Math.min(liveFromMs, nowMs - limits.rawDays * dayMs));
  for (;;) {
    const oldestMs = samples.oldestRawMs();
    if (limits.bytes === null || usedBytes(database) <= limits.bytes || oldestMs === null) return;
    const untilMs = Math.min(liveFromMs, oldestMs + forgottenAtOnceMs);
    if (untilMs <= oldestMs) return;
    forgetRaw(tables, untilMs);
  }
}

function forgetRaw({ database, samples }: StoreTables, beforeMs: number): void {
  const oldestMs = samples.oldestRawMs();
  if (oldestMs === null || oldestMs >= beforeMs) return;
  samples.forgetRawBefore(beforeMs);
  database.exec('PRAGMA incremental_vacuum');
}
