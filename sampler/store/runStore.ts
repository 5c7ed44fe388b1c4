/**
 * The store as the sampler uses it: readings and runs are handed in as they come, and `flush` commits them. What cannot
 * be written waits in memory and is written when the disk allows; the state says so meanwhile.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { StaticFinding } from '../../contracts/findings.ts';
import type { DeletedBaseline } from '../../contracts/pinnedBaseline.ts';
import type { RunDetail } from '../../contracts/runs.ts';
import type { StoreState, StoreUse } from '../../contracts/samplerProtocol.ts';
import type { StepMark } from '../../insight/ticks.ts';
import type { MeanRows } from './means.ts';
import { moveAside, type OpenedStore, openStore } from './openDatabase.ts';
import { readMeans, readSamples } from './readTracks.ts';
import { DiskReserve } from './reserve.ts';
import { keepWithin, purge, type StoreLimits, type StoreTables, undoMs, usedBytes } from './retention.ts';
import { RunTable, type StoredRun } from './runTable.ts';
import type { Sample } from './samples.ts';
import { type RollupTable, SampleTable } from './sampleTable.ts';
import { type Sqlite, sqliteCorrupt, sqliteErrorCode, sqliteFull, sqliteNotADatabase } from './sqlite.ts';
import { splitKey, type TrackKey, WaitingWrites } from './waiting.ts';

/** Seconds that wait at most while nothing can be written; the oldest go first. */
const mostPendingSeconds = 900;
const retryFailedMs = 5_000;
const reserveEveryMs = 60_000;

/** A minute is folded this long after its end: the host side of a run comes late, and would open it again. */
const foldAfterMs = 2_000;

export class RunStore {
  readonly #sqlite: Sqlite;
  readonly #environment: NodeJS.ProcessEnv;
  #opened: OpenedStore;
  #tables: StoreTables;
  readonly #archive: StoreTables | null;
  readonly #reserve: DiskReserve | null;
  #reserveCheckedMs = 0;
  #state: StoreState;
  readonly #waiting = new WaitingWrites();
  #retryAtMs = 0;
  /** Called when `state` has changed. */
  onStateChanged: (state: StoreState) => void = () => undefined;

  constructor(sqlite: Sqlite, environment: NodeJS.ProcessEnv = process.env) {
    this.#sqlite = sqlite;
    this.#environment = environment;
    this.#opened = openStore(sqlite, environment);
    const { main, archive, folder, state } = this.#opened;
    this.#tables = tablesOf(main);
    this.#archive = archive === null ? null : tablesOf(archive);
    this.#reserve = folder === null ? null : new DiskReserve(folder);
    this.#reserve?.keep();
    this.#state = state;
  }

  get state(): StoreState {
    return this.#state;
  }

  /** Newest sample time that is kept, sampler time; 0 for none. */
  newestMs(): number {
    return Math.max(
      this.#tables.samples.newestMs(),
      this.#archive?.samples.newestMs() ?? 0,
      this.#waiting.newestMs(),
    );
  }

  readMeta(name: string): string | null {
    return this.#tables.runs.readMeta(name);
  }

  writeMeta(name: string, value: string): void {
    this.#guard(() => this.#tables.runs.writeMeta(name, value));
  }

  nextRunNumber(): number {
    const staged = [...this.#waiting.runs.values()].map((run) => run.detail.number + 1);
    return Math.max(this.#tables.runs.nextNumber(), this.#archive?.runs.nextNumber() ?? 1, ...staged);
  }

  /** A reading of a GPU or of a run's host side. */
  addSample(key: TrackKey, sample: Sample): void {
    this.#waiting.addSample(key, sample);
  }

  /** The run's newest record; written by the next `flush`. */
  stageRun(run: StoredRun): void {
    this.#waiting.stageRun(run);
  }

  /** With `replace`, all marks of the run; else only those that came since. */
  stageStepMarks(runId: string, marks: readonly StepMark[], replace: boolean): void {
    this.#waiting.stageMarks(runId, marks, replace);
  }

  /** Commits all that waits: one transaction, one sync of the disk. Never throws. */
  flush(nowMs: number): void {
    if (nowMs < this.#retryAtMs || this.#waiting.empty) return;
    try {
      this.#write(nowMs);
    } catch (error) {
      if (sqliteErrorCode(error) === sqliteFull && this.#reserve?.release() === true) {
        try {
          this.#write(nowMs);
        } catch (second) {
          this.#fail(second, nowMs);
          return;
        }
      } else {
        this.#fail(error, nowMs);
        return;
      }
    }
    this.#waiting.clear();
    this.#setState(this.#opened.state);
    if (nowMs - this.#reserveCheckedMs >= reserveEveryMs) {
      this.#reserveCheckedMs = nowMs;
      this.#reserve?.keep();
    }
  }

  /** As `flush`, without waiting for the next try of a disk that failed; for the end of the sampler. */
  flushAll(nowMs: number): void {
    this.#retryAtMs = 0;
    this.flush(nowMs);
  }

  #write(nowMs: number): void {
    const { database, samples, runs } = this.#tables;
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const [second, tracks] of this.#waiting.seconds()) {
        const byTrack = new Map<number, readonly Sample[]>();
        for (const [key, list] of tracks) byTrack.set(samples.track(...splitKey(key), true), list);
        samples.addSecond(second, byTrack);
      }
      for (const run of this.#waiting.runs.values()) runs.save(run);
      for (const [runId, { marks, replace }] of this.#waiting.marks)
        runs.saveStepMarks(runId, marks, replace);
      samples.foldBefore(nowMs - foldAfterMs);
      database.exec('COMMIT');
    } catch (error) {
      samples.forgetTracks();
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  #fail(error: unknown, nowMs: number): void {
    const code = sqliteErrorCode(error);
    const { path } = this.#opened.state;
    if ((code === sqliteCorrupt || code === sqliteNotADatabase) && path !== null) {
      this.#replaceDamaged(path);
      return;
    }
    this.#retryAtMs = nowMs + retryFailedMs;
    this.#waiting.keepNewest(mostPendingSeconds);
    const reason =
      code === sqliteFull
        ? 'The disk is full: what is measured waits in memory and is kept once there is room.'
        : `The run store cannot be written (${error instanceof Error ? error.message : String(error)}): what is measured waits in memory.`;
    this.#setState({ kind: 'memory', path, reason });
  }

  #replaceDamaged(path: string): void {
    try {
      this.#opened.main.close();
    } catch {
      // It is given up either way.
    }
    const aside = moveAside(path);
    this.#opened = openStore(this.#sqlite, this.#environment);
    this.#tables = tablesOf(this.#opened.main);
    const reason =
      aside === null ? this.#opened.state.reason : `The run store was damaged and was moved to ${aside}.`;
    this.#opened = { ...this.#opened, state: { ...this.#opened.state, reason } };
    this.#setState(this.#opened.state);
  }

  #setState(state: StoreState): void {
    if (state.kind === this.#state.kind && state.reason === this.#state.reason) return;
    this.#state = state;
    this.onStateChanged(state);
  }

  /** A small write outside the once-a-second commit; a failure shows in the state and is not thrown. */
  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#fail(error, 0);
      this.#retryAtMs = 0;
    }
  }

  /** Newest first. */
  list(limit: number): readonly RunDetail[] {
    const stored = this.#tables.runs
      .list(limit)
      .map((detail) => this.#waiting.runs.get(detail.runId)?.detail ?? detail);
    const known = new Set(stored.map((detail) => detail.runId));
    const staged = [...this.#waiting.runs.values()]
      .map((run) => run.detail)
      .filter((run) => !known.has(run.runId));
    const archived = this.#archive?.runs.list(limit) ?? [];
    return [...staged, ...stored, ...archived].sort((a, b) => b.number - a.number).slice(0, limit);
  }

  get(runId: string): StoredRun | null {
    return (
      this.#waiting.runs.get(runId) ?? this.#tables.runs.get(runId) ?? this.#archive?.runs.get(runId) ?? null
    );
  }

  /** Whether the run lies in a store that only can be read. */
  isArchived(runId: string): boolean {
    return this.#archive?.runs.get(runId) != null;
  }

  leftLive(): readonly StoredRun[] {
    return this.#tables.runs.leftLive();
  }

  stepMarks(runId: string): readonly StepMark[] {
    const staged = this.#waiting.marks.get(runId);
    if (staged?.replace === true) return staged.marks;
    return [...this.#tablesOf(runId).runs.stepMarks(runId), ...(staged?.marks ?? [])];
  }

  findings(runId: string): readonly StaticFinding[] {
    return this.#tablesOf(runId).runs.findings(runId);
  }

  saveFindings(runId: string, findings: readonly StaticFinding[]): void {
    this.#guard(() => {
      const staged = this.#waiting.runs.get(runId);
      if (staged !== undefined) this.#tables.runs.save(staged);
      this.#tables.runs.saveFindings(runId, findings);
    });
  }

  /** Samples of the tracks within a run's window, waiting ones included. */
  read(runId: string, keys: readonly TrackKey[], fromMs: number, toMs: number): Map<TrackKey, Sample[]> {
    return readSamples(this.#tablesOf(runId).samples, this.#waiting, keys, fromMs, toMs);
  }

  /** Means of each bucket of the window; the open minute and what waits have none. */
  readMeans(
    runId: string,
    table: RollupTable,
    keys: readonly TrackKey[],
    fromMs: number,
    toMs: number,
  ): Map<TrackKey, MeanRows> {
    return readMeans(this.#tablesOf(runId).samples, table, keys, fromMs, toMs);
  }

  /** Takes a run out of every list. For a while `restore` brings it back; then it is purged with its samples. */
  delete(runId: string, wallMs: number): void {
    if (this.get(runId) === null || this.isArchived(runId)) return;
    this.#guard(() => {
      const staged = this.#waiting.runs.get(runId);
      if (staged !== undefined) this.#tables.runs.save(staged);
      this.#waiting.forgetRun(runId);
      this.#tables.runs.markDeleted(runId, wallMs);
    });
  }

  /** Null when there is no such run, or it is gone for good. */
  restore(runId: string): StoredRun | null {
    const run = this.#tables.runs.getDeleted(runId);
    if (run === null) return null;
    this.#guard(() => this.#tables.runs.markDeleted(runId, null));
    return this.get(runId);
  }

  /** What is known of deleted runs that others were held against. */
  deletedBaselines(): readonly DeletedBaseline[] {
    return [...this.#tables.runs.deletedBaselines(), ...(this.#archive?.runs.deletedBaselines() ?? [])];
  }

  /** Forgets a deleted run for good. */
  purge(runId: string): void {
    this.#waiting.forgetMarks(runId);
    this.#guard(() => purge(this.#tables, runId));
  }

  /** Purges what was deleted a while ago and keeps the file within its limits. Call it once a minute. */
  tidy(limits: StoreLimits, nowMs: number, wallMs: number): void {
    for (const runId of this.#tables.runs.deletedBefore(wallMs - undoMs)) this.purge(runId);
    this.#guard(() => keepWithin(this.#tables, limits, nowMs));
  }

  /** Bytes of the file that hold something. */
  usedBytes(): number {
    return usedBytes(this.#opened.main);
  }

  use(): Omit<StoreUse, 'limitBytes'> {
    const { path } = this.#opened.state;
    const runs = this.#tables.runs.count() + (this.#archive?.runs.count() ?? 0);
    return { path, bytes: this.usedBytes(), runs, oldestReadingAtMs: this.#tables.samples.oldestRawMs() };
  }

  #tablesOf(runId: string): StoreTables {
    const archived = this.#archive;
    return archived !== null && archived.runs.get(runId) !== null ? archived : this.#tables;
  }

  /** Makes the file full at so many pages of 4 KiB, which is the very error of a full disk. */
  limitPagesForTest(pages: number): void {
    this.#opened.main.exec(`PRAGMA max_page_count = ${Math.floor(pages)}`);
  }

  close(): void {
    this.#opened.main.close();
    this.#opened.archive?.close();
  }
}

const tablesOf = (database: DatabaseSync): StoreTables => ({
  database,
  samples: new SampleTable(database),
  runs: new RunTable(database),
});
