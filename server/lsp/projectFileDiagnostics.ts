/** What is wrong with `[tool.perjoule]`, shown in the file itself. */

import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ProblemCode } from '../../contracts/lspExtensions.ts';
import type { ConfigurableRule } from '../engine/configuration.ts';
import { readProjectFile } from '../engine/projectFile.ts';
import { projectFileName } from '../projectFiles.ts';
import { diagnosticSource } from './diagnostics.ts';
import { documentPath } from './documentPath.ts';

export const isProjectFile = (uri: string): boolean => uri.endsWith(`/${projectFileName}`);

export function projectFileDiagnostics(
  document: TextDocument,
  rules: readonly ConfigurableRule[],
): Diagnostic[] {
  const { problems } = readProjectFile(document.getText(), documentPath(document.uri), rules);
  return problems.map(({ start, end, message }) => ({
    range: { start: document.positionAt(start), end: document.positionAt(end) },
    severity: DiagnosticSeverity.Warning,
    code: 'configuration' satisfies ProblemCode,
    source: diagnosticSource,
    message,
  }));
}
