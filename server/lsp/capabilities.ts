import { type InitializeResult, TextDocumentSyncKind } from 'vscode-languageserver';
import { fixAllKind, notebookFixAllKind } from './codeActions.ts';
import { diagnosticSource } from './diagnostics.ts';

/** What the server offers. `workspaceDiagnostics`: findings of files that are not open too. */
export const initializeResult = (workspaceDiagnostics: boolean): InitializeResult => ({
  serverInfo: { name: 'perjoule' },
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    notebookDocumentSync: {
      // Cells of text too: actions for the whole notebook are asked for in its first cell.
      notebookSelector: [{ notebook: { notebookType: 'jupyter-notebook' } }],
    },
    diagnosticProvider: {
      identifier: diagnosticSource,
      interFileDependencies: true,
      workspaceDiagnostics,
    },
    codeActionProvider: { codeActionKinds: ['quickfix', fixAllKind, notebookFixAllKind] },
    hoverProvider: true,
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  },
});
