import * as vscode from 'vscode';

/** Opens a rule's page, which ships with the extension and needs no network. */
export async function explainRule(extensionUri: vscode.Uri, rule: unknown): Promise<void> {
  const folder = vscode.Uri.joinPath(extensionUri, 'docs', 'rules');
  const pages = (await vscode.workspace.fs.readDirectory(folder))
    .map(([name]) => name)
    .filter((name) => name.endsWith('.md'))
    .sort();
  const rules = pages.map((page) => page.replace(/\.md$/, ''));
  const name =
    typeof rule === 'string' && rules.includes(rule)
      ? rule
      : await vscode.window.showQuickPick(rules, { placeHolder: 'Which rule?', title: 'Explain Rule' });
  if (name === undefined) return;
  await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.joinPath(folder, `${name}.md`));
}
