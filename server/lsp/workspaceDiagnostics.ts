/**
 * The findings of every file of the workspace. A request stays open: what is found is reported in parts, and what changes
 * afterwards too, until the editor takes the request back. An editor that takes no parts gets an answer whenever something
 * has changed and asks again.
 */

import { setImmediate } from 'node:timers/promises';
import {
  type CancellationToken,
  DocumentDiagnosticReportKind,
  LSPErrorCodes,
  ResponseError,
  type ResultProgressReporter,
  type WorkspaceDiagnosticParams,
  type WorkspaceDiagnosticReport,
  type WorkspaceDiagnosticReportPartialResult,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver';
import type { Answer } from './answers.ts';

/** Reports are sent together when there are so many, or so much time has passed, ms. */
const mostTogether = 50;
const sendAfterMs = 100;

/** How far one pass has come; for people. */
export interface PassProgress {
  begin(): void;
  report(share: number): void;
  done(): void;
}

export interface WorkspaceAnswer extends Answer {
  /** Null for a file that is not open. */
  readonly version: number | null;
}

interface Door {
  /** Addresses of all files that can have findings, once what their callers pass is known. */
  files(): Promise<readonly string[]>;
  /** Addresses of the project files that spoke for them. */
  projectFiles(): Promise<readonly string[]>;
  answer(uri: string): Promise<WorkspaceAnswer | undefined>;
  progress(): PassProgress;
}

const nothing: WorkspaceAnswer = { resultId: '', items: [], version: null };

export class WorkspaceDiagnostics {
  readonly #door: Door;
  /** Closed since: what the editor shows of them is what was open. */
  readonly #closed = new Map<string, number>();
  #generation = 0;
  #wake: (() => void)[] = [];

  constructor(door: Door) {
    this.#door = door;
  }

  /** A text, a file, a setting or a measurement has changed. */
  changed(): void {
    this.#generation += 1;
    for (const wake of this.#wake.splice(0)) wake();
  }

  closed(uri: string): void {
    this.#closed.set(uri, this.#generation + 1);
    this.changed();
  }

  async answer(
    { previousResultIds }: WorkspaceDiagnosticParams,
    token: CancellationToken,
    parts: ResultProgressReporter<WorkspaceDiagnosticReportPartialResult> | undefined,
  ): Promise<WorkspaceDiagnosticReport> {
    const known = new Map((previousResultIds ?? []).map(({ uri, value }) => [uri, value]));
    const isFirst = known.size === 0;
    const found: WorkspaceDocumentDiagnosticReport[] = [];
    for (let seen = -1, isBegin = true; ; ) {
      const generation = this.#generation;
      for (const [uri, since] of this.#closed) if (since > seen) known.set(uri, 'as it was open');
      seen = generation;
      const isThrough = await this.#pass(
        known,
        found,
        token,
        parts,
        isBegin ? this.#door.progress() : undefined,
      );
      if (!isThrough) continue;
      isBegin = false;
      if (parts === undefined && (found.length > 0 || isFirst)) return { items: latest(found) };
      await this.#changedSince(generation, token);
    }
  }

  /**
   * Adds what is not known yet to what was found and notes it as known; where parts are taken, sends it.
   * False when it stopped because something has changed meanwhile. Where parts are taken it goes on: the next pass corrects
   * what is no longer so, and somebody who types without a rest would otherwise wait for the last file for minutes.
   */
  async #pass(
    known: Map<string, string>,
    found: WorkspaceDocumentDiagnosticReport[],
    token: CancellationToken,
    parts: ResultProgressReporter<WorkspaceDiagnosticReportPartialResult> | undefined,
    progress: PassProgress | undefined,
  ): Promise<boolean> {
    let sentAt = performance.now();
    const add = (uri: string, answer: WorkspaceAnswer): void => {
      if (known.get(uri) === answer.resultId || (answer.items.length === 0 && !known.has(uri))) return;
      if (answer === nothing) known.delete(uri);
      else known.set(uri, answer.resultId);
      found.push({ kind: DocumentDiagnosticReportKind.Full, uri, ...answer });
    };
    const send = (): void => {
      if (parts === undefined || found.length === 0) return;
      parts.report({ items: found.splice(0) });
      sentAt = performance.now();
    };
    progress?.begin();
    try {
      const files = await this.#door.files();
      const generation = this.#generation;
      const left = new Set(known.keys());
      for (const [index, uri] of files.entries()) {
        // A request in between waits for one file at most.
        await setImmediate();
        throwIfCancelled(token);
        if (parts === undefined && generation !== this.#generation) return false;
        left.delete(uri);
        add(uri, (await this.#door.answer(uri)) ?? nothing);
        if (found.length >= mostTogether || performance.now() - sentAt > sendAfterMs) send();
        progress?.report(index / files.length);
      }
      for (const uri of await this.#door.projectFiles()) {
        left.delete(uri);
        add(uri, (await this.#door.answer(uri)) ?? nothing);
      }
      for (const uri of left) add(uri, nothing);
      return true;
    } finally {
      send();
      progress?.done();
    }
  }

  async #changedSince(generation: number, token: CancellationToken): Promise<void> {
    throwIfCancelled(token);
    if (this.#generation === generation)
      await new Promise<void>((resolve) => {
        const cancelled = token.onCancellationRequested(() => resolve());
        this.#wake.push(() => {
          cancelled.dispose();
          resolve();
        });
      });
    throwIfCancelled(token);
  }
}

function throwIfCancelled(token: CancellationToken): void {
  if (token.isCancellationRequested)
    throw new ResponseError(LSPErrorCodes.RequestCancelled, 'The request was taken back.');
}

/** Of several reports on a file, the last: a pass that was stopped may have told what is no longer so. */
function latest(reports: readonly WorkspaceDocumentDiagnosticReport[]): WorkspaceDocumentDiagnosticReport[] {
  return [...new Map(reports.map((report) => [report.uri, report])).values()];
}
