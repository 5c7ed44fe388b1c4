/** Traces of a profiler in the extension host: the file, the thread that reads it, and what it said of which run. */

import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import type { StaticFinding } from '../../contracts/findings.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import type { TraceAnswer, TracedHint, TraceReading, TraceRequest } from '../../contracts/trace.ts';
import type { SamplerLink } from '../samplerLink.ts';

/** A trace of half a gigabyte takes a third of one; the thread ends with a message before the window suffers. */
const mostMemoryMiB = 4096;

/** Where findings come from, and where what was decided of them goes. */
interface Findings {
  readonly scriptFindings: (path: string) => Promise<readonly StaticFinding[]>;
  traced(runId: string, hints: readonly TracedHint[]): void;
  traceClosed(runId: string): void;
}

export class TraceDesk {
  readonly #thread: vscode.Uri;
  readonly #link: SamplerLink;
  readonly #findings: Findings;
  readonly #readings = new Map<string, TraceReading>();

  constructor(extensionUri: vscode.Uri, link: SamplerLink, findings: Findings) {
    this.#thread = vscode.Uri.joinPath(extensionUri, 'dist', 'tracer.js');
    this.#link = link;
    this.#findings = findings;
  }

  of(runId: string): TraceReading | undefined {
    return this.#readings.get(runId);
  }

  close(runId: string): void {
    this.#readings.delete(runId);
    this.#findings.traceClosed(runId);
  }

  /** Lets the user pick a trace and reads it beside this run; false where none was picked, or none could be read. */
  async open({ runId, number }: RunSummary): Promise<boolean> {
    const [file] =
      (await vscode.window.showOpenDialog({
        title: `Profiler Trace beside Run ${number}`,
        openLabel: 'Open Trace',
        filters: { 'PyTorch profiler trace': ['json', 'gz'], 'All files': ['*'] },
      })) ?? [];
    if (file === undefined) return false;
    const record = await this.#link.request('runRecord', { runId });
    if (record === null) {
      void vscode.window.showErrorMessage(`Run ${number} was deleted meanwhile.`);
      return false;
    }
    const { run } = record;
    // A run that nobody told of its findings gets those that its script has now.
    const findings =
      record.findings.length > 0 || run.script === null
        ? record.findings
        : await this.#findings.scriptFindings(run.script);
    const answer = await this.#read({ path: file.fsPath, run, findings });
    if (answer === null) return false;
    if (answer.type === 'failed') {
      const name = file.path.split('/').at(-1) ?? file.path;
      void vscode.window.showErrorMessage(`“${name}” cannot be read as a profiler trace: ${answer.reason}.`);
      return false;
    }
    this.#readings.set(runId, answer.reading);
    this.#findings.traced(runId, answer.hints);
    return true;
  }

  /** Null where the user cancelled. */
  async #read(request: TraceRequest): Promise<Exclude<TraceAnswer, { type: 'progress' }> | null> {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: 'Reading the profiler trace',
      cancellable: true,
    };
    return vscode.window.withProgress(options, (progress, cancelled) => {
      const worker = new Worker(this.#thread.fsPath, {
        workerData: request,
        resourceLimits: { maxOldGenerationSizeMb: mostMemoryMiB },
      });
      let told = 0;
      return new Promise((resolve) => {
        cancelled.onCancellationRequested(() => {
          resolve(null);
          void worker.terminate();
        });
        worker.on('error', ({ message }) => resolve({ type: 'failed', reason: message }));
        worker.on('message', (answer: TraceAnswer) => {
          if (answer.type !== 'progress') return resolve(answer);
          progress.report({ increment: (answer.share - told) * 100 });
          told = answer.share;
        });
      });
    });
  }
}
