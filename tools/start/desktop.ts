import { spawnSync } from 'node:child_process';

/** Installs into the desktop VS Code that is on PATH (or named in VSCODE_CLI) and opens the folder there. */
export function openDesktop(vsix: string, folder: string): void {
  const code = process.env['VSCODE_CLI'] ?? 'code';
  run(code, ['--install-extension', vsix, '--force']);
  run(code, ['--new-window', folder]);
}

function run(code: string, args: readonly string[]): void {
  // On Windows `code` is a script, which only a shell can start; then quoting is ours.
  const shell = process.platform === 'win32';
  const given = shell ? args.map((arg) => `"${arg}"`) : [...args];
  const result = spawnSync(code, given, { stdio: 'inherit', shell });
  if (result.error) {
    throw new Error(
      `"${code}" was not found. Install VS Code and its command (in VS Code: "Shell Command: Install 'code' command in PATH"), or use "npm start" without --desktop.`,
    );
  }
  if (result.status !== 0) throw new Error(`"${code} ${args[0]}" ended with ${result.status}.`);
}
