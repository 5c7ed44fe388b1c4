/**
 * The store as the sampler uses it: readings and runs are handed in as they come, `flush` commits them once a
 * second. What cannot be written waits in memory and is written when the disk allows; the state says so meanwhile.
 */

import type { StaticFinding } from '../../contracts/findings.ts';
import type { RunDetail } from '../../contracts/runs.ts';
import type { StoreState, StoreUse } from '../../contracts/samplerProtocol.ts';
import type { StepMark } from '../../insight/ticks.ts';
import { moveAside, type OpenedStore, openStore } from './openDatabase.ts';
import { DiskReserve } from './reserve.ts';
import type { Rollup } from './rollup.ts';
import { RunTable, type StoredRun } from './runTable.ts';
import type { Sample } from './samples.ts';
import { SampleTable, type TrackKind } from './sampleTable.ts';
import { type Sqlite, sqliteCorrupt, sqliteErrorCode, sqliteFull, sqliteNotADatabase } from './sqlite.ts';

/** `gpu/<uuid>` or `host/<run id>`. */
export type TrackKey = `${TrackKind}/${string}`;
const splitKey = (key: TrackKey): [TrackKind, string] => {
  const at = key.indexOf('/');
  return [key.slice(0, at) as TrackKind, key.slice(at + 1)];
};

/** Seconds that wait at most while nothing can be written; the oldest go first. */
const mostPendingSeconds = 900;
const retryFailedMs = 5_000;
const reserveEveryMs = 60_000;

/** A deletion can be taken back for so long. */
const undoMs = 600_000;
const dayMs = 24 * 3_600_000;
const forgottenAtOnceMs = 3_600_000;

export interface StoreLimits {
  /** Bytes that the file may hold; null for no limit. */
  readonly bytes: number | null;
  /** Days for which single readings are kept; null for no limit. */
  readonly rawDays: number | null;
}

interface StagedMarks {
  readonly marks: readonly StepMark[];
  readonly replace: boolean;
}

export class RunStore {
  readonly #sqlite: Sqlite;
  readonly #environment: NodeJS.ProcessEnv;
  #opened: OpenedStore;
  #samples: SampleTable;
  #runs: RunTable;
  #archive: { readonly samples: SampleTable; readonly runs: RunTable } | null;
  #reserve: DiskReserve | null;
  #reserveCheckedMs = 0;
  #state: StoreState;
  #pending = new Map<number, Map<TrackKey, Sample[]>>();
  #stagedRuns = new Map<string, StoredRun>();
  #stagedMarks = new Map<string, StagedMarks>();
  #retryAtMs = 0;
  /** Called when `state` has changed. */
  onStateChanged: (state: StoreState) => void = () => undefined;

  constructor(sqlite: Sqlite, environment: NodeJS.ProcessEnv = process.env) {
    this.#sqlite = sqlite;
    this.#environment = environment;
    this.#opened = openStore(sqlite, environment);
    const { main, archive, folder, state } = this.#opened;
    this.#samples = new SampleTable(main);
    this.#runs = new RunTable(main);
    this.#archive =
      archive === null ? null : { samples: new SampleTable(archive), runs: new RunTable(archive) };
    this.#reserve = folder === null ? null : new DiskReserve(folder);
    this.#reserve?.keep();
    this.#state = state;
  }

  get state(): StoreState {
    return this.#state;
  }

  /** Newest sample time that is kept, sampler time; 0 for none. */
  newestMs(): number {
    const waiting = [...this.#pending.keys()].map((second) => (second + 1) * 1000);
    return Math.max(this.#samples.newestMs(), this.#archive?.samples.newestMs() ?? 0, ...waiting);
  }

  readMeta(name: string): string | null {
    return this.#runs.readMeta(name);
  }

  writeMeta(name: string, value: string): void {
    this.#guard(() => this.#runs.writeMeta(name, value));
  }

  nextRunNumber(): number {
    const staged = [...this.#stagedRuns.values()].map((run) => run.detail.number + 1);
    return Math.max(this.#runs.nextNumber(), this.#archive?.runs.nextNumber() ?? 1, ...staged);
  }

  /** A reading of a GPU or of a run's host side. Later than `flush` has written; older ones move up to there. */
  addSample(key: TrackKey, sample: Sample): void {
    const second = Math.floor(sample.timeMs / 1000);
    let tracks = this.#pending.get(second);
    if (tracks === undefined) {
      tracks = new Map();
      this.#pending.set(second, tracks);
    }
    const list = tracks.get(key);
    if (list === undefined) tracks.set(key, [sample]);
    else list.push(sample);
  }

  /** The run's newest record; written by the next `flush`. */
  stageRun(run: StoredRun): void {
    this.#stagedRuns.set(run.detail.runId, run);
  }

  /** With `replace`, all marks of the run; else only those that came since. */
  stageStepMarks(runId: string, marks: readonly StepMark[], replace: boolean): void {
    const earlier = this.#stagedMarks.get(runId);
    if (replace || earlier === undefined) this.#stagedMarks.set(runId, { marks, replace });
    else this.#stagedMarks.set(runId, { marks: [...earlier.marks, ...marks], replace: earlier.replace });
  }

  /** Commits every second that has ended, and what is staged. Never throws. */
  flush(nowMs: number): void {
    this.#commit(nowMs, Math.floor(nowMs / 1000));
  }

  /** Commits all that is there, for the end of the sampler. */
  flushAll(nowMs: number): void {
    this.#retryAtMs = 0;
    this.#commit(nowMs, Number.POSITIVE_INFINITY);
  }

  #commit(nowMs: number, beforeSecond: number): void {
    if (nowMs < this.#retryAtMs) return;
    const seconds = [...this.#pending.keys()].filter((second) => second < beforeSecond).sort((a, b) => a - b);
    if (seconds.length === 0 && this.#stagedRuns.size === 0 && this.#stagedMarks.size === 0) return;
    try {
      this.#write(seconds, nowMs);
    } catch (error) {
      if (sqliteErrorCode(error) === sqliteFull && this.#reserve?.release() === true) {
        try {
          this.#write(seconds, nowMs);
        } catch (second) {
          this.#fail(second, nowMs);
          return;
        }
      } else {
        this.#fail(error, nowMs);
        return;
      }
    }
    for (const second of seconds) this.#pending.delete(second);
    this.#stagedRuns.clear();
    this.#stagedMarks.clear();
    this.#setState(this.#opened.state);
    if (nowMs - this.#reserveCheckedMs >= reserveEveryMs) {
      this.#reserveCheckedMs = nowMs;
      this.#reserve?.keep();
    }
  }

  #write(seconds: readonly number[], nowMs: number): void {
    const database = this.#opened.main;
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const second of seconds) {
        const byTrack = new Map<number, readonly Sample[]>();
        for (const [key, samples] of this.#pending.get(second) ?? []) {
          const inOrder = samples.sort((a, b) => a.timeMs - b.timeMs);
          byTrack.set(this.#samples.track(...splitKey(key), true), inOrder);
        }
        this.#samples.addSecond(second, byTrack);
      }
      for (const run of this.#stagedRuns.values()) this.#runs.save(run);
      for (const [runId, { marks, replace }] of this.#stagedMarks)
        this.#runs.saveStepMarks(runId, marks, replace);
      this.#samples.foldBefore(nowMs);
      database.exec('COMMIT');
    } catch (error) {
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
    const drop = [...this.#pending.keys()].sort((a, b) => a - b).slice(0, -mostPendingSeconds);
    for (const second of drop) this.#pending.delete(second);
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
    this.#samples = new SampleTable(this.#opened.main);
    this.#runs = new RunTable(this.#opened.main);
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
    const stored = this.#runs
      .list(limit)
      .map((detail) => this.#stagedRuns.get(detail.runId)?.detail ?? detail);
    const known = new Set(stored.map((detail) => detail.runId));
    const staged = [...this.#stagedRuns.values()]
      .map((run) => run.detail)
      .filter((run) => !known.has(run.runId));
    const archived = this.#archive?.runs.list(limit) ?? [];
    return [...staged, ...stored, ...archived].sort((a, b) => b.number - a.number).slice(0, limit);
  }

  get(runId: string): StoredRun | null {
    return this.#stagedRuns.get(runId) ?? this.#runs.get(runId) ?? this.#archive?.runs.get(runId) ?? null;
  }

  leftLive(): readonly StoredRun[] {
    return this.#runs.leftLive();
  }

  stepMarks(runId: string): readonly StepMark[] {
    const staged = this.#stagedMarks.get(runId);
    if (staged?.replace === true) return staged.marks;
    return [...this.#tablesOf(runId).runs.stepMarks(runId), ...(staged?.marks ?? [])];
  }

  findings(runId: string): readonly StaticFinding[] {
    return this.#tablesOf(runId).runs.findings(runId);
  }

  saveFindings(runId: string, findings: readonly StaticFinding[]): void {
    this.#guard(() => {
      const staged = this.#stagedRuns.get(runId);
      if (staged !== undefined) this.#runs.save(staged);
      this.#runs.saveFindings(runId, findings);
    });
  }

  /** Samples of the tracks within a run's window, waiting ones included. */
  read(runId: string, keys: readonly TrackKey[], fromMs: number, toMs: number): Map<TrackKey, Sample[]> {
    const { samples } = this.#tablesOf(runId);
    const tracks = keys.map((key) => samples.track(...splitKey(key), false));
    const stored = samples.read(
      tracks.filter((track) => track !== undefined),
      fromMs,
      toMs,
    );
    const found = new Map<TrackKey, Sample[]>();
    for (const [index, key] of keys.entries()) {
      const track = tracks[index];
      const list = track === undefined ? [] : (stored.get(track) ?? []);
      found.set(key, list);
    }
    for (const second of [...this.#pending.keys()].sort((a, b) => a - b)) {
      if (second * 1000 > toMs || second * 1000 + 1000 < fromMs) continue;
      for (const [key, waiting] of this.#pending.get(second) ?? [])
        found.get(key)?.push(...waiting.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs));
    }
    return found;
  }

  /** Summaries by the start of their bucket; the open minute and what waits have none. */
  readRollups(
    runId: string,
    table: 'rollup10' | 'rollup60',
    keys: readonly TrackKey[],
    fromMs: number,
    toMs: number,
  ): Map<TrackKey, Map<number, Rollup>> {
    const { samples } = this.#tablesOf(runId);
    const tracks = new Map<TrackKey, number>();
    for (const key of keys) {
      const track = samples.track(...splitKey(key), false);
      if (track !== undefined) tracks.set(key, track);
    }
    const stored = samples.readRollups(table, [...tracks.values()], fromMs, toMs);
    return new Map(keys.map((key) => [key, stored.get(tracks.get(key) ?? -1) ?? new Map<number, Rollup>()]));
  }

  /** Takes a run out of every list. For a while `restore` brings it back; then it is purged with its samples. */
  delete(runId: string, wallMs: number): void {
    if (this.get(runId) === null || this.#archive?.runs.get(runId) != null) return;
    this.#guard(() => {
      const staged = this.#stagedRuns.get(runId);
      if (staged !== undefined) this.#runs.save(staged);
      this.#stagedRuns.delete(runId);
      this.#runs.markDeleted(runId, wallMs);
    });
  }

  /** Null when there is no such run, or it is gone for good. */
  restore(runId: string): StoredRun | null {
    const run = this.#runs.getDeleted(runId);
    if (run === null) return null;
    this.#guard(() => this.#runs.markDeleted(runId, null));
    return this.get(runId);
  }

  /** Makes room for good: of the runs that were deleted before this time. */
  purgeDeleted(beforeWallMs: number): void {
    for (const runId of this.#runs.deletedBefore(beforeWallMs)) this.purge(runId);
  }

  /** Forgets a deleted run, its marks and the samples that no other run shares. */
  purge(runId: string): void {
    const run = this.#runs.getDeleted(runId);
    this.#stagedMarks.delete(runId);
    if (run === null) return;
    const gpuKeys = run.detail.devices.map(({ uuid }): TrackKey => `gpu/${uuid}`);
    const fromMs = run.clockZeroMs;
    const toMs = fromMs + run.detail.durationMs;
    const keys: TrackKey[] = [`host/${runId}`];
    // An imported run shares its samples with none.
    const shared = run.detail.imported === undefined;
    if (!shared || !this.#runs.overlapsAnother(runId, fromMs - 60_000, toMs + 60_000)) keys.push(...gpuKeys);
    this.#guard(() => {
      const tracks = keys.map((key) => this.#samples.track(...splitKey(key), false));
      this.#runs.delete(runId);
      this.#samples.delete(
        tracks.filter((track) => track !== undefined),
        fromMs,
        toMs,
      );
      this.#opened.main.exec('PRAGMA incremental_vacuum');
    });
  }

  /**
   * Keeps the file within its limits: purges what was deleted, then forgets the oldest single readings. Runs, their
   * figures and the summaries of their readings stay, and so does what a live run needs. Call it once a minute.
   */
  tidy(limits: StoreLimits, nowMs: number, wallMs: number): void {
    this.purgeDeleted(wallMs - undoMs);
    const liveFromMs = Math.min(nowMs, ...this.#runs.leftLive().map(({ clockZeroMs }) => clockZeroMs));
    this.#guard(() => {
      if (limits.rawDays !== null) this.#forgetRaw(Math.min(liveFromMs, nowMs - limits.rawDays * dayMs));
      for (;;) {
        const oldestMs = this.#samples.oldestRawMs();
        if (limits.bytes === null || this.usedBytes() <= limits.bytes || oldestMs === null) return;
        const untilMs = Math.min(liveFromMs, oldestMs + forgottenAtOnceMs);
        if (untilMs <= oldestMs) return;
        this.#forgetRaw(untilMs);
      }
    });
  }

  #forgetRaw(beforeMs: number): void {
    const oldestMs = this.#samples.oldestRawMs();
    if (oldestMs === null || oldestMs >= beforeMs) return;
    this.#samples.forgetRawBefore(beforeMs);
    this.#opened.main.exec('PRAGMA incremental_vacuum');
  }

  /** Bytes of the file that hold something. */
  usedBytes(): number {
    const read = (name: string): number =>
      Number(Object.values(this.#opened.main.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
    return (read('page_count') - read('freelist_count')) * read('page_size');
  }

  use(): Omit<StoreUse, 'limitBytes'> {
    const { path } = this.#opened.state;
    const runs = this.#runs.count() + (this.#archive?.runs.count() ?? 0);
    return { path, bytes: this.usedBytes(), runs, oldestReadingAtMs: this.#samples.oldestRawMs() };
  }

  #tablesOf(runId: string): { readonly samples: SampleTable; readonly runs: RunTable } {
    const archived = this.#archive;
    if (archived !== null && archived.runs.get(runId) !== null) return archived;
    return { samples: this.#samples, runs: this.#runs };
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
