/** What leaves the panel with a run: its picture, its samples, its report. */

import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { ShareMessage } from '../../contracts/viewProtocol.ts';
import { reportText } from '../runs/reportText.ts';
import type { RunModel } from '../runs/runModel.ts';
import type { SamplerLink } from '../samplerLink.ts';
import { freePath, pngBytes, writeNew } from './newFile.ts';

type Ending = 'png' | 'csv' | 'json';
/** Asked once more for each place that is tried: what was read of the sampler is read again. */
type Pieces = () => Promise<AsyncIterable<string> | Iterable<string | Uint8Array> | null>;

const kinds: Readonly<Record<Ending, string>> = {
  png: 'PNG picture',
  csv: 'Comma-separated values',
  json: 'Perjoule run',
};
const anotherName = 'Choose Another Name…';
const open = 'Open';
const gone = 'This run is not there any more.';

export class ShareDesk {
  readonly #link: SamplerLink;
  readonly #model: RunModel;

  constructor(link: SamplerLink, model: RunModel) {
    this.#link = link;
    this.#model = model;
  }

  async take(message: ShareMessage): Promise<void> {
    const { runId } = message;
    switch (message.type) {
      case 'copyReport': {
        const text = await reportText(this.#link, runId);
        if (text === null) throw new Error(gone);
        await vscode.env.clipboard.writeText(text);
        vscode.window.setStatusBarMessage('The report of the run is copied.', 5000);
        return;
      }
      case 'exportRun': {
        const { format } = message;
        return this.#save(runId, format, () => this.#link.runDocument(runId, format));
      }
      case 'savePicture': {
        const bytes = pngBytes(message.png);
        if (bytes === null) throw new Error('The picture could not be made.');
        return this.#save(runId, 'png', () => Promise.resolve([bytes]));
      }
    }
  }

  /** A file that is there is never written over, whatever the dialog offers: it may be the only copy of a run. */
  async #save(runId: string, ending: Ending, pieces: Pieces): Promise<void> {
    const number = this.#model.find(runId)?.number;
    const stem = number === undefined ? 'run' : `run-${number}`;
    const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;
    for (;;) {
      const target = await vscode.window.showSaveDialog({
        defaultUri: vscode.Uri.file(await freePath(folder ?? homedir(), stem, ending)),
        filters: { [kinds[ending]]: [ending] },
      });
      if (target === undefined) return;
      if (target.scheme !== 'file')
        throw new Error('A run is saved in a folder of the machine it was measured on.');
      try {
        if (!(await this.#write(target, pieces))) return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const name = vscode.workspace.asRelativePath(target);
        const refusal = `${name} is there already and stays as it is.`;
        if ((await vscode.window.showWarningMessage(refusal, anotherName)) !== anotherName) return;
        continue;
      }
      const saved = `Saved ${vscode.workspace.asRelativePath(target)}.`;
      void vscode.window.showInformationMessage(saved, open).then((pressed) => {
        if (pressed === open) void vscode.commands.executeCommand('vscode.open', target);
      });
      return;
    }
  }

  /** False when the user called it off. */
  #write(target: vscode.Uri, pieces: Pieces): Thenable<boolean> {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: 'Perjoule: saving the run',
      cancellable: true,
    };
    return vscode.window.withProgress(options, async (_progress, token) => {
      const stop = new AbortController();
      const listener = token.onCancellationRequested(() => stop.abort());
      try {
        const found = await pieces();
        if (found === null) throw new Error(gone);
        await writeNew(target.fsPath, found, stop.signal);
        return true;
      } catch (error) {
        if (stop.signal.aborted) return false;
        throw error;
      } finally {
        listener.dispose();
      }
    });
  }
}
