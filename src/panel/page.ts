import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The page around the panel's bundle. Nothing inline, nothing remote: one script by nonce, one style sheet. */
export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const asset = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', name)).toString();
  const nonce = randomBytes(16).toString('base64url');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource};">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${asset('panel.css')}">
<title>Energy Profile</title>
</head>
<body>
<main id="perjoule-panel"></main>
<script nonce="${nonce}" src="${asset('panel.js')}"></script>
</body>
</html>`;
}
