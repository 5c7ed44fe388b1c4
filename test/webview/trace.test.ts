/** A profiler trace beside a run: told below where the joules went, as plain text, and gone when it is closed. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TraceReading } from '../../contracts/trace.ts';
import { generatedTrace, readLine, tracedScript } from '../../insight/testing/generatedTrace.ts';
import { createRandom } from '../../insight/testing/random.ts';
import { readTrace } from '../../insight/trace/readTrace.ts';
import { traceReading } from '../../insight/trace/traceReading.ts';
import { overflows } from './layout.ts';
import { panelBrowser } from './panelPage.ts';
import { hydrate, run } from './recordings.ts';

const plan = { steps: 6, loaderUs: 4000, readUs: 3000, kernels: 15, kernelUs: 30, stacks: true };
const path = '/home/me/project/train.py';

async function reading(file: string, rule = 'sync-scalar-in-step'): Promise<TraceReading> {
  async function* text(): AsyncIterable<string> {
    yield JSON.stringify({ traceEvents: generatedTrace(createRandom(7), plan).events });
  }
  const finding = {
    rule,
    path,
    line: readLine,
    endLine: readLine,
    message: '',
    regionHash: '',
    fixTitle: null,
  };
  const sources = new Map([[path, tracedScript]]);
  const findings = [
    { ...finding, severity: 'warning', confidence: 'likely', wasteKind: 'hostSync' } as const,
  ];
  return traceReading(await readTrace(text()), file, { run: run(), findings, sources, changed: [] });
}

describe('a profiler trace', () => {
  const browser = panelBrowser();

  test('stands beside its run alone, says its quality, and is closed', async () => {
    const panel = await browser.open();
    const card = panel.page.getByRole('region', { name: 'Profiler trace' });
    await panel.post(hydrate());
    assert.equal(await card.count(), 0);
    const told = await reading('worker0.pt.trace.json');
    await panel.post({ type: 'trace', reading: told });
    const text = (await card.textContent()) ?? '';
    assert.match(text, /worker0\.pt\.trace\.json: profiler trace, 6 steps; profiling itself slows the run/);
    assert.match(text, /train\.py:13 sync-scalar-in-step: confirmed by the trace/);
    assert.match(text, /no energy is told from them/);
    assert.deepEqual(await overflows(panel.page), []);
    await panel.shot('trace');
    await panel.page.getByRole('button', { name: 'Close the profiler trace' }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'closeTrace', runId: told.runId });
    await panel.post({ type: 'trace', reading: { ...told, runId: 'another' } });
    assert.equal(await card.count(), 0);
    assert.deepEqual(await panel.troubles(), []);
  });

  test('text from it stays text, at any length', async () => {
    const panel = await browser.open({ width: 360, height: 700 });
    const markup = `<img src=x onerror="document.title='owned'"><b>${'W'.repeat(600)}</b>`;
    const told = await reading(markup);
    await panel.post(hydrate());
    await panel.post({
      type: 'trace',
      reading: {
        ...told,
        notes: [markup],
        findings: told.findings.map((finding) => ({ ...finding, rule: markup, because: markup })),
        summary: {
          ...told.summary,
          devices: told.summary.devices.map((device) => ({ ...device, name: markup })),
        },
      },
    });
    assert.deepEqual(await overflows(panel.page), []);
    assert.equal(await panel.page.locator('#perjoule-panel img, #perjoule-panel b').count(), 0);
    assert.equal(await panel.page.title(), 'Energy Profile');
  });
});
