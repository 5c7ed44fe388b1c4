/** From an address to what the editor shows there: settings, analysis, marks, answer. */

import { createHash } from 'node:crypto';
import type { Diagnostic, TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { assumptionsOf, type Effective, effective } from '../engine/configuration.ts';
import type { ProjectFiles } from '../projectFiles.ts';
import type { Analyses, Analysis } from './analyses.ts';
import { diagnosticsOf } from './diagnostics.ts';
import type { Dismissals } from './dismissals.ts';
import { documentPath } from './documentPath.ts';
import type { Engine } from './engineDoor.ts';
import { editorLayer, type HintSettings } from './hintSettings.ts';
import type { Mark } from './marks.ts';
import type { MeasuredHints } from './measured.ts';
import type { OpenModules } from './openModules.ts';
import { projectFileDiagnostics } from './projectFileDiagnostics.ts';
import type { Sheet } from './sheets.ts';
import type { TracedHints } from './traced.ts';
import { marksAmong, type Weighed, weigh } from './weighing.ts';
import type { WorkspaceAnswer } from './workspaceDiagnostics.ts';

interface Door {
  /** What needs the engine, which loads while the editor and the server greet each other. */
  readonly ready: Promise<{
    readonly engine: Engine;
    readonly analyses: Analyses;
    readonly projects: ProjectFiles;
  }>;
  readonly modules: OpenModules;
  readonly documents: TextDocuments<TextDocument>;
  readonly hints: MeasuredHints;
  readonly traces: TracedHints;
  readonly dismissals: Dismissals;
  settings(): HintSettings;
}

interface Marked {
  readonly analysis: Analysis;
  readonly weighed: readonly Weighed[];
  /** Those that the text shows. */
  readonly marks: readonly Mark[];
}

interface Shown extends Marked {
  /** The text that was asked for: the file, or one cell of the notebook; undefined for a cell that holds no Python. */
  readonly sheet: Sheet | undefined;
}

const answerOf = (items: Diagnostic[], version: number | null): WorkspaceAnswer => {
  const resultId = createHash('sha1').update(JSON.stringify(items)).digest('base64url');
  return { resultId, items, version };
};

/** Quiet, where it can be asked for: the editor is not told of the analysis. */
export class MarkedFiles {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  async settingsFor(uri: string): Promise<Effective> {
    const { engine, projects } = await this.#door.ready;
    const editor = editorLayer(this.#door.settings(), engine.rules);
    return effective(engine.rules, [...(await projects.layersFor(documentPath(uri))), editor]);
  }

  async marked(uri: string, quiet = false): Promise<Marked | undefined> {
    const { ready, modules, hints, traces, dismissals } = this.#door;
    const { engine, analyses } = await ready;
    const settings = await this.settingsFor(modules.of(uri)?.uri ?? uri);
    const analysis = await analyses.of(uri, assumptionsOf(settings), quiet);
    if (analysis === undefined) return undefined;
    const weighed = weigh(analysis, { settings, hints, traces, dismissals, rules: engine.rules });
    return { analysis, weighed, marks: marksAmong(weighed) };
  }

  /** Nothing while hints are switched off. */
  async shown(uri: string, quiet = false): Promise<Shown | undefined> {
    const found = this.#door.settings().enable ? await this.marked(uri, quiet) : undefined;
    const sheet = found?.analysis.sheets.find((one) => one.uri === uri);
    return found && { ...found, sheet };
  }

  async answerFor(uri: string, quiet = false): Promise<WorkspaceAnswer | undefined> {
    const found = await this.shown(uri, quiet);
    if (found?.sheet === undefined) return undefined;
    const { analysis, sheet, marks } = found;
    // The cells of a notebook that is not open are told together, at the address of the notebook.
    const sheets = sheet.cell === undefined ? [sheet] : analysis.sheets;
    const items = sheets.flatMap((one) => diagnosticsOf(analysis, one, this.#door.settings(), marks));
    return answerOf(items, sheet.version);
  }

  /** What is wrong with a project file that speaks for a file of the workspace. */
  async projectFileAnswer(uri: string): Promise<WorkspaceAnswer | undefined> {
    const { engine, projects } = await this.#door.ready;
    const file = projects.files.find(({ path }) => path === documentPath(uri));
    if (file === undefined || !this.#door.settings().enable) return undefined;
    const document = TextDocument.create(uri, 'toml', 0, file.text);
    const version = this.#door.documents.get(uri)?.version ?? null;
    return answerOf(projectFileDiagnostics(document, engine.rules), version);
  }
}
