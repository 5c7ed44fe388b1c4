// The same in-host suite in the desktop VS Code, where there is one: VSCODE_EXECUTABLE_PATH names it, or
// VSCODE_DESKTOP_VERSION ("1.103.0", "stable") lets it be downloaded.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  downloadAndUnzipVSCode,
  resolveCliArgsFromVSCodeExecutablePath,
  runTests,
} from '@vscode/test-electron';
import { projectFolder } from '../../tools/projectFolder.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { bundleInHostSuite } from '../inhost/bundle.ts';
import { trainScript } from '../protocol/scripts.ts';

const given = process.env['VSCODE_EXECUTABLE_PATH'];
const version = process.env['VSCODE_DESKTOP_VERSION'];
const skip =
  given || version
    ? false
    : 'no desktop VS Code here: set VSCODE_EXECUTABLE_PATH, or VSCODE_DESKTOP_VERSION where it can be downloaded';

test('in-host suite, desktop VS Code', { skip, timeout: 600_000 }, async (t) => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'pj-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const suite = await bundleInHostSuite(folder);
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'train.py'), trainScript);
  const own = [`--extensions-dir=${join(folder, 'e')}`, `--user-data-dir=${join(folder, 'u')}`];
  const cachePath = join(projectFolder, '.tools', 'desktop');
  const executable = given ?? (await downloadAndUnzipVSCode({ version: version ?? 'stable', cachePath }));
  installAsUser(executable, [...own, '--install-extension', await packagedVsix()]);
  const code = await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: suite.runnerExtension,
    extensionTestsPath: suite.entry,
    launchArgs: [workspace, ...own, '--disable-workspace-trust', '--skip-welcome', '--disable-gpu'],
  }).catch((error: unknown) => {
    t.diagnostic(String(error));
    return 1;
  });
  for (const { name, failure } of suite.results()) {
    await t.test(name, () => assert.equal(failure, undefined));
  }
  assert.equal(code, 0);
});

function installAsUser(executable: string, args: readonly string[]): void {
  const [cli = executable, ...cliArgs] = resolveCliArgsFromVSCodeExecutablePath(executable, {
    reuseMachineInstall: true,
  });
  // On Windows the command is a script, which only a shell can start.
  const result = spawnSync(cli, [...cliArgs, ...args], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  assert.equal(result.status, 0, `${result.stdout}${result.stderr}${result.error ?? ''}`);
}
