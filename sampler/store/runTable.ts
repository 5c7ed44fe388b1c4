/** Runs in the file: one row each, with the whole record as JSON beside what is searched for. */

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StaticFinding } from '../../contracts/findings.ts';
import { type DeletedBaseline, deletedBaseline } from '../../contracts/pinnedBaseline.ts';
import type { RunDetail } from '../../contracts/runs.ts';
import type { StepMark } from '../../insight/ticks.ts';

/** A run with what only the sampler needs to know about it. */
export interface StoredRun {
  readonly detail: RunDetail;
  /** Sampler time of the run clock's zero. */
  readonly clockZeroMs: number;
  /** Start of the anchoring process, as `ProcessIdentity.start` has it. */
  readonly processStart: string;
}

export class RunTable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  nextNumber(): number {
    const highest = this.#prepare('SELECT max(number) AS highest FROM run').get()?.['highest'];
    const told = this.#kept().map(({ number }) => number);
    return Math.max(typeof highest === 'number' ? highest : 0, ...told) + 1;
  }

  save(run: StoredRun): void {
    const { detail } = run;
    this.#prepare(
      `INSERT INTO run (run_id, number, state, started_at_ms, clock_zero_ms, duration_ms, pid, process_start, record)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (run_id) DO UPDATE SET state = excluded.state, duration_ms = excluded.duration_ms, record = excluded.record`,
    ).run(
      detail.runId,
      detail.number,
      detail.state,
      detail.startedAtMs,
      run.clockZeroMs,
      detail.durationMs,
      detail.pid,
      run.processStart,
      JSON.stringify(detail),
    );
  }

  /** Newest first. */
  list(limit: number): readonly RunDetail[] {
    const rows = this.#prepare(
      'SELECT record FROM run WHERE deleted_at_ms IS NULL ORDER BY number DESC LIMIT ?',
    ).all(limit);
    return rows.flatMap((row) => parseRecord<RunDetail>(row['record']) ?? []);
  }

  get(runId: string): StoredRun | null {
    return this.#one(runId, 'deleted_at_ms IS NULL');
  }

  /** A run that was deleted and not yet purged. */
  getDeleted(runId: string): StoredRun | null {
    return this.#one(runId, 'deleted_at_ms IS NOT NULL');
  }

  #one(runId: string, where: string): StoredRun | null {
    const row = this.#prepare(
      `SELECT record, clock_zero_ms, process_start FROM run WHERE run_id = ? AND ${where}`,
    ).get(runId);
    return row === undefined ? null : toStoredRun(row);
  }

  /** Takes the run out of every list; null puts it back. */
  markDeleted(runId: string, atMs: number | null): void {
    this.#prepare('UPDATE run SET deleted_at_ms = ? WHERE run_id = ?').run(atMs, runId);
  }

  deletedBefore(timeMs: number): readonly string[] {
    const rows = this.#prepare('SELECT run_id FROM run WHERE deleted_at_ms < ?').all(timeMs);
    return rows.map((row) => String(row['run_id']));
  }

  count(): number {
    return Number(
      this.#prepare('SELECT count(*) AS runs FROM run WHERE deleted_at_ms IS NULL').get()?.['runs'],
    );
  }

  /** Runs that were live when the sampler that wrote them last wrote. */
  leftLive(): readonly StoredRun[] {
    const rows = this.#prepare(
      "SELECT record, clock_zero_ms, process_start FROM run WHERE state = 'live' AND deleted_at_ms IS NULL ORDER BY number",
    ).all();
    return rows.flatMap((row) => toStoredRun(row) ?? []);
  }

  /** Whether another run's time overlaps: its samples are shared with it. */
  overlapsAnother(runId: string, fromMs: number, toMs: number): boolean {
    const row = this.#prepare(
      'SELECT 1 AS found FROM run WHERE run_id <> ? AND clock_zero_ms <= ? AND clock_zero_ms + duration_ms >= ? LIMIT 1',
    ).get(runId, toMs, fromMs);
    return row !== undefined;
  }

  /** Those that can be taken back, and what is kept of those that are gone. */
  deletedBaselines(): readonly DeletedBaseline[] {
    const runs = this.#prepare('SELECT record, deleted_at_ms FROM run WHERE deleted_at_ms IS NOT NULL').all();
    return [...runs.flatMap((row) => baselineOf(row) ?? []), ...this.#kept()];
  }

  #kept(): readonly DeletedBaseline[] {
    // A store that only can be read may be of an earlier version.
    const known = this.#prepare("SELECT 1 FROM sqlite_schema WHERE name = 'deleted_baseline'").get();
    const rows = known === undefined ? [] : this.#prepare('SELECT record FROM deleted_baseline').all();
    return rows.flatMap(({ record }) => parseRecord<DeletedBaseline>(record) ?? []);
  }

  /** For good, but for what others were held against. */
  delete(runId: string): void {
    const row = this.#prepare(
      'SELECT record, deleted_at_ms FROM run WHERE run_id = ? AND deleted_at_ms IS NOT NULL',
    ).get(runId);
    const kept = row === undefined ? null : baselineOf(row);
    if (kept !== null)
      this.#prepare('INSERT OR REPLACE INTO deleted_baseline VALUES (?, ?)').run(runId, JSON.stringify(kept));
    this.#prepare('DELETE FROM step_mark WHERE run_id = ?').run(runId);
    this.#prepare('DELETE FROM run WHERE run_id = ?').run(runId);
  }

  saveFindings(runId: string, findings: readonly StaticFinding[]): void {
    this.#prepare('UPDATE run SET findings = ? WHERE run_id = ?').run(JSON.stringify(findings), runId);
  }

  findings(runId: string): readonly StaticFinding[] {
    const text = this.#prepare('SELECT findings FROM run WHERE run_id = ?').get(runId)?.['findings'];
    return typeof text === 'string' ? (JSON.parse(text) as StaticFinding[]) : [];
  }

  saveStepMarks(runId: string, marks: readonly StepMark[], replace: boolean): void {
    if (replace) this.#prepare('DELETE FROM step_mark WHERE run_id = ?').run(runId);
    const insert = this.#prepare('INSERT OR REPLACE INTO step_mark VALUES (?, ?, ?, ?)');
    for (const mark of marks) insert.run(runId, mark.count, mark.timeMs, mark.energyJ);
  }

  /** Oldest first. */
  stepMarks(runId: string): readonly StepMark[] {
    const rows = this.#prepare(
      'SELECT count, time_ms, energy_j FROM step_mark WHERE run_id = ? ORDER BY time_ms, count',
    ).all(runId);
    return rows.map((row) => ({
      count: Number(row['count']),
      timeMs: Number(row['time_ms']),
      energyJ: Number(row['energy_j']),
    }));
  }

  readMeta(name: string): string | null {
    const value = this.#prepare('SELECT value FROM meta WHERE name = ?').get(name)?.['value'];
    return typeof value === 'string' ? value : null;
  }

  writeMeta(name: string, value: string): void {
    this.#prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function baselineOf(row: Record<string, unknown>): DeletedBaseline | null {
  const detail = parseRecord<RunDetail>(row['record']);
  return detail === null ? null : deletedBaseline(detail, Number(row['deleted_at_ms']));
}

function toStoredRun(row: Record<string, unknown>): StoredRun | null {
  const detail = parseRecord<RunDetail>(row['record']);
  if (detail === null) return null;
  return { detail, clockZeroMs: Number(row['clock_zero_ms']), processStart: String(row['process_start']) };
}

/** Null for a row that is not readable JSON: one bad row must not hide the others. */
function parseRecord<Stored>(text: unknown): Stored | null {
  try {
    const parsed: unknown = JSON.parse(String(text));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Stored) : null;
  } catch {
    return null;
  }
}
