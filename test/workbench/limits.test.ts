// What a user waits for, in the real VS Code with the packaged extension: activation, and the first findings.
//
// Activation is VS Code's own record of it, as "Show Running Extensions" tells it: loading the code plus the call of
// `activate`. A host activates the extension by itself at the end of its start, so a test inside could time nothing.
// The first findings are timed from the moment VS Code shows the first Python file: what it takes to show one, for which
// nobody waits on us, is alone more than the limit on two shared cores, and is printed beside with the sum.
// Other work on the machine only ever adds time, so the second fastest of five hosts counts, and all five are printed.
// The limits are those of a quiet machine; they stretch as a process that does nothing does in the same run.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { bundleInHostSuite } from '../inhost/bundle.ts';
import type { HostSample } from '../inhost/limits.ts';
import { openWorkbench } from './harness/workbench.ts';

const SAMPLES = 5;
const LIMIT_MS = { activation: 60, firstFindings: 500 };
/** A bare process on two quiet cores. */
const REFERENCE_MS = 30;

test('activation and the first findings stay within their limits', { timeout: 300_000 }, async (t) => {
  const folder = mkdtempSync('/tmp/pj-limits-');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const suite = await bundleInHostSuite(folder, 'limits.ts');
  const remote = (path: string): string => `vscode-remote://remote${path}`;
  const offerRunnerFunctions = async (page: Page): Promise<void> => {
    await page.exposeFunction('codeAutomationLog', () => {});
    await page.exposeFunction('codeAutomationExit', () => {});
  };
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    files: {
      'plain.txt': 'text\n',
      'first.py': readFileSync(join(projectFolder, 'demo', 'train.py'), 'utf8'),
    },
    query: {
      payload: JSON.stringify([
        ['extensionDevelopmentPath', remote(suite.runnerExtension)],
        ['extensionTestsPath', remote(suite.entry)],
      ]),
    },
    beforeLoad: offerRunnerFunctions,
  });
  const url = workbench.page.url();
  const newWindow = async (): Promise<Page> => {
    const browser = workbench.page.context().browser();
    assert.ok(browser);
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await offerRunnerFunctions(page);
    await page.goto(url);
    return page;
  };
  const samples: (HostSample & { readonly activationMs: number })[] = [];
  while (samples.length < SAMPLES) {
    // A window that has seen nothing: open editors, among others, are kept in the browser's own store for a page.
    const page = samples.length === 0 ? workbench.page : await newWindow();
    await until('the sample', () => existsSync(suite.resultsFile), 40_000);
    const sample = JSON.parse(readFileSync(suite.resultsFile, 'utf8')) as HostSample | { failure: string };
    if ('failure' in sample) throw new Error(sample.failure);
    samples.push({ ...sample, activationMs: await recordedActivation(page) });
    rmSync(suite.resultsFile);
    await page.goto('about:blank');
  }
  const reference = secondFastest(samples.map((sample) => sample.referenceMs));
  const stretch = Math.max(1, reference / REFERENCE_MS);
  const list = (pick: (sample: HostSample) => number): string =>
    samples.map((sample) => pick(sample).toFixed(0)).join(', ');
  t.diagnostic(
    `VS Code alone: the window’s first file, a plain one, shown after ${list((it) => it.plainFileMs)} ms, ` +
      `the Python file after ${list((it) => it.shownMs)} ms, with findings after ${list((it) => it.firstFindingsMs)} ms`,
  );
  t.diagnostic(`active before the Python file: ${samples.filter((it) => it.activeBefore).length} times`);
  const exceeded: string[] = [];
  for (const [what, limit, figures] of [
    ['activation', LIMIT_MS.activation, samples.map((sample) => sample.activationMs)],
    ['first findings', LIMIT_MS.firstFindings, samples.map((it) => it.firstFindingsMs - it.shownMs)],
  ] as const) {
    const counted = secondFastest(figures);
    const allowed = limit * stretch;
    const line =
      `${what} ${counted.toFixed(0)} ms of at most ${allowed.toFixed(0)} ms ` +
      `(${figures.map((figure) => figure.toFixed(0)).join(', ')}; on a quiet machine at most ${limit} ms; ` +
      `bare process ${reference.toFixed(0)} ms, quiet ${REFERENCE_MS} ms)`;
    t.diagnostic(line);
    if (counted > allowed) exceeded.push(line);
  }
  assert.deepEqual(exceeded, []);
});

/** Milliseconds, from the page that "Show Running Extensions" opens. */
async function recordedActivation(page: Page): Promise<number> {
  return until(
    'the activation time',
    async () => {
      const rows = await page.locator('.runtime-extensions-editor .extension').allInnerTexts();
      const row = rows.find((text) => text.includes('Perjoule'));
      const figure = /Activation: (\d+)\s*ms/.exec(row ?? '')?.[1];
      return figure === undefined ? undefined : { ms: Number(figure) };
    },
    15_000,
    () => page.locator('.runtime-extensions-editor').allInnerTexts(),
  ).then(({ ms }) => ms);
}

function secondFastest(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[1] ?? Number.NaN;
}
