import * as vscode from 'vscode';
import { provenanceTag } from '../../contracts/provenance.ts';
import type { RunDetail } from '../../contracts/runs.ts';
import { setting } from '../settings.ts';
import { lensText, lensTooltip } from './lensText.ts';
import { type LineMark, lineMarks, placeMarks } from './lineMarks.ts';

const memoryKey = 'perjoule.lineMarks';
const clearedKey = 'perjoule.lineMarksCleared';
const mostFiles = 40;
/** The start of a process is known to a hundredth of a second. */
const startSlackMs = 50;

interface FileMarks {
  readonly runId: string;
  readonly number: number;
  readonly startedAtMs: number;
  /** How good the figures are: see `provenanceTag`. */
  readonly quality: string;
  readonly marks: readonly LineMark[];
}

/**
 * After a run with the probe: its joules above the lines they went to. Kept in the workspace's memory, by file, the
 * newest run that has something to say of it.
 */
export class LineLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #byPath: Map<string, FileMarks>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    this.#byPath = new Map(Object.entries(memory.get<Record<string, FileMarks>>(memoryKey, {})));
    this.#subscriptions = [
      this.#changed,
      vscode.languages.registerCodeLensProvider({ language: 'python', scheme: 'file' }, this),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('perjoule.runs.lens')) this.#changed.fire();
      }),
    ];
  }

  /** Takes the run's lines, of those files that are as they were when it began. */
  async learn(run: RunDetail): Promise<void> {
    const { lines, runId, number, startedAtMs, durationMs } = run;
    const cleared = startedAtMs + durationMs <= this.#memory.get<number>(clearedKey, 0);
    if (lines === undefined || run.state === 'live' || run.imported !== undefined || cleared) return;
    const quality = provenanceTag(run.totals.provenance);
    let learned = false;
    for (const path of new Set(lines.lines.map((line) => line.path))) {
      const known = this.#byPath.get(path);
      if (path === '' || (known !== undefined && known.startedAtMs >= startedAtMs)) continue;
      const text = await textSince(path, startedAtMs + startSlackMs);
      const marks = text === null ? [] : lineMarks(lines, path, text);
      if (marks.length === 0) continue;
      this.#byPath.set(path, { runId, number, startedAtMs, quality, marks });
      learned = true;
    }
    if (learned) this.#keep();
  }

  forget(runId: string): void {
    const of = [...this.#byPath].filter(([, file]) => file.runId === runId);
    for (const [path] of of) this.#byPath.delete(path);
    if (of.length > 0) this.#keep();
  }

  /** Until the next run. */
  clear(): void {
    this.#byPath.clear();
    void this.#memory.update(clearedKey, Date.now());
    this.#keep();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const file = this.#byPath.get(document.uri.fsPath);
    if (file === undefined || !setting('perjoule.runs.lens', document.uri)) return [];
    const { runId, number, quality } = file;
    const placed = placeMarks(file.marks, document.getText());
    return placed.flatMap(({ row, mark }, at) => {
      const range = new vscode.Range(row, 0, row, 0);
      const lens = new vscode.CodeLens(range, {
        title: lensText(mark, number, quality),
        tooltip: lensTooltip(mark, number),
        command: 'perjoule.showLines',
        arguments: [runId],
      });
      if (at > 0) return [lens];
      const clear = new vscode.CodeLens(range, {
        title: 'Clear',
        tooltip: 'Clear these joules until the next run. The setting perjoule.runs.lens turns them off.',
        command: 'perjoule.clearLens',
      });
      return [lens, clear];
    });
  }

  #keep(): void {
    const newest = [...this.#byPath].sort(([, one], [, other]) => other.startedAtMs - one.startedAtMs);
    for (const [path] of newest.slice(mostFiles)) this.#byPath.delete(path);
    void this.#memory.update(memoryKey, Object.fromEntries(this.#byPath));
    this.#changed.fire();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** The file's text where nobody wrote it after the time; null for what is changed, gone or no file. */
async function textSince(path: string, timeMs: number): Promise<string | null> {
  try {
    const uri = vscode.Uri.file(path);
    if ((await vscode.workspace.fs.stat(uri)).mtime > timeMs) return null;
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return null;
  }
}
