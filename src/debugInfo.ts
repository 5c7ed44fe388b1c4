import * as vscode from 'vscode';
import type { SamplerLink } from './samplerLink.ts';

/** Versions and states that a bug report needs, as text; no paths of the user's files, no environment. */
export async function debugInfo(context: vscode.ExtensionContext, link: SamplerLink): Promise<string> {
  const lines = [
    `Perjoule ${String(context.extension.packageJSON.version)}`,
    `VS Code ${vscode.version} (${vscode.env.appName}, ${vscode.env.remoteName ?? 'local'})`,
    `Node ${process.version}, ${process.platform} ${process.arch}`,
    `Workspace trusted: ${vscode.workspace.isTrusted ? 'yes' : 'no'}`,
    `Power sampler: ${link.state}${link.failure === '' ? '' : ` (${link.failure})`}`,
  ];
  if (link.state === 'connected') {
    for (const source of await link.request('sources', null)) {
      lines.push(`Source ${source.id}: ${source.state}, ${source.deviceCount} device(s). ${source.detail}`);
    }
  }
  return lines.join('\n');
}
