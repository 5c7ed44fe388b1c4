// The suite of test/inhost, inside the extension host of the real VS Code: the current one, and the oldest we promise.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { bundleInHostSuite } from '../inhost/bundle.ts';
import { trainScript } from '../protocol/scripts.ts';
import { openWorkbench } from './harness/workbench.ts';

for (const edition of ['current', 'floor'] as const) {
  test(`in-host suite, ${edition} VS Code`, { timeout: 240_000 }, async (t) => {
    const folder = mkdtempSync('/tmp/pj-inhost-');
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const suite = await bundleInHostSuite(folder);
    const remote = (path: string): string => `vscode-remote://remote${path}`;
    let end: (code: number) => void = () => {};
    const ended = new Promise<number>((resolve) => {
      end = resolve;
    });
    await openWorkbench(t, {
      edition,
      vsix: [await packagedVsix()],
      files: { 'empty.py': '', 'train.py': trainScript },
      query: {
        payload: JSON.stringify([
          ['extensionDevelopmentPath', remote(suite.runnerExtension)],
          ['extensionTestsPath', remote(suite.entry)],
        ]),
      },
      beforeLoad: async (page) => {
        // The two functions that VS Code's own browser runner offers to the page.
        await page.exposeFunction('codeAutomationLog', () => {});
        await page.exposeFunction('codeAutomationExit', (code: number) => end(code));
      },
    });
    const code = await Promise.race([ended, deadline(120_000)]);
    for (const { name, durationMs, failure } of suite.results()) {
      await t.test(`${name} (in host ${Math.round(durationMs)} ms)`, () => assert.equal(failure, undefined));
    }
    assert.equal(code, 0);
  });
}

function deadline(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the suite did not end within ${ms / 1000} s`)), ms).unref();
  });
}
