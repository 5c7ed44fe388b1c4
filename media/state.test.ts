import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { block, comparison, emptyHydrate, hydrate, live, run, waste } from '../test/webview/recordings.ts';
import { chartData } from './chartData.ts';
import { initialState, type PanelState, reduce, timelineFor } from './state.ts';
import { lastMs } from './timeline.ts';
import { initialView, parseView } from './view.ts';

const after = (...actions: readonly Parameters<typeof reduce>[1][]): PanelState =>
  actions.reduce(reduce, initialState());

describe('state', () => {
  test('hydrate replaces everything but what the user chose', () => {
    const state = after(
      { type: 'page/tab', tab: 'table' },
      hydrate(),
      emptyHydrate({ empty: { reason: 'noGpu', detail: '' } }),
    );
    assert.equal(state.run, null);
    assert.equal(state.empty?.reason, 'noGpu');
    assert.equal(lastMs(state.curves.whole), -1);
    assert.equal(state.view.tab, 'table');
  });

  test('live adds samples, marks and totals to the shown run only', () => {
    const before = after(hydrate());
    const state = reduce(before, { type: 'live', update: live({}, 120_000, 121_000) });
    assert.equal(state.run?.durationMs, 121_000);
    assert.equal(lastMs(state.curves.whole), 120_900);
    assert.equal(state.run?.stepMarks?.length, (before.run?.stepMarks?.length ?? 0) + 1);
    assert.equal(reduce(state, { type: 'live', update: live({ number: 3 }, 0, 1000) }), state);
  });

  test('live without steps or waste keeps those known', () => {
    const before = after(hydrate());
    const update = { ...live({}, 120_000, 121_000), steps: null, waste: null };
    const state = reduce(before, { type: 'live', update });
    assert.equal(state.run?.steps, before.run?.steps);
    assert.equal(state.run?.waste, before.run?.waste);
  });

  test('another run starts without curves; its series fills them', () => {
    const state = after(hydrate(), { type: 'run', run: run({ number: 13, state: 'ended' }) });
    assert.equal(lastMs(state.curves.whole), -1);
    const filled = reduce(state, { type: 'series', runId: 'run-13', block: block({}, 0, 5000) });
    assert.equal(lastMs(filled.curves.whole), 4900);
    assert.equal(reduce(filled, { type: 'series', runId: 'run-9', block: block({}, 0, 9000) }), filled);
  });

  test('a zoomed stretch gets samples of its own, and leaves the whole alone', () => {
    const state = after(
      hydrate({ durationMs: 3_600_000 }),
      { type: 'page/window', window: { kind: 'fixed', fromMs: 100_000, toMs: 130_000 } },
      { type: 'series', runId: 'run-14', block: block({}, 100_000, 130_000) },
    );
    assert.equal(timelineFor(state.curves, 100_000, 130_000), state.curves.detail);
    assert.equal(chartData(state).bucketMs, 100);
    assert.equal(timelineFor(state.curves, 0, 3_600_000), state.curves.whole);
  });

  test('a hydration of the same run keeps the fine samples of the last minutes', () => {
    const state = after(
      hydrate({ durationMs: 3_600_000 }),
      { type: 'live', update: live({}, 3_600_000, 3_660_000) },
      hydrate({ durationMs: 3_660_000 }),
      { type: 'page/window', window: { kind: 'last', ms: 60_000 } },
    );
    assert.equal(chartData(state).bucketMs, 200);
  });

  test('window and GPU belong to a run; a window that follows the end stays', () => {
    const other = hydrate({ number: 20 });
    const fixed = after(
      hydrate(),
      { type: 'page/window', window: { kind: 'fixed', fromMs: 1, toMs: 9 } },
      other,
    );
    assert.deepEqual(fixed.view.window, { kind: 'all' });
    const last = after(hydrate(), { type: 'page/window', window: { kind: 'last', ms: 60_000 } }, other);
    assert.deepEqual(last.view.window, { kind: 'last', ms: 60_000 });
  });

  test('the list tells how the shown run ended', () => {
    const message = hydrate();
    const runs = message.runs.map((summary) => ({ ...summary, state: 'ended' as const, exitCode: 2 }));
    const state = after(message, { type: 'runs', runs });
    assert.equal(state.run?.exitCode, 2);
    assert.equal(state.run?.waste, message.run?.waste);
  });

  test('while held, waste keeps its order, gets new kinds at the end, and sorts when let go', () => {
    const [input, sync] = waste(1000, 0.5, 0.2);
    assert.ok(input !== undefined && sync !== undefined);
    const shown = run();
    const one = after(hydrate({}, { run: { ...shown, waste: [input] } }), {
      type: 'page/holdWaste',
      held: true,
    });
    const two = reduce(one, { type: 'run', run: { ...shown, waste: [sync, input] } });
    assert.deepEqual(two.wasteOrder, ['inputWait', 'hostSync']);
    assert.deepEqual(reduce(two, { type: 'page/holdWaste', held: false }).wasteOrder, [
      'hostSync',
      'inputWait',
    ]);
  });

  test('an answer to an older question is not shown; one asked for elsewhere is', () => {
    const asked = after(
      hydrate(),
      { type: 'page/tab', tab: 'compare' },
      { type: 'page/baseline', runId: 'run-12' },
    );
    assert.equal(reduce(asked, { type: 'comparison', comparison: comparison() }).comparison, null);
    const elsewhere = after(hydrate(), { type: 'comparison', comparison: comparison() });
    assert.equal(elsewhere.view.tab, 'compare');
    assert.equal(elsewhere.view.baselineRunId, 'run-13');
  });

  test('another protocol is told', () => {
    assert.match(after(hydrate({}, { protocol: 99 })).messages[0] ?? '', /Reload the window/);
  });
});

describe('saved view', () => {
  test('comes back', () => {
    const view = {
      ...initialView,
      tab: 'table',
      window: { kind: 'fixed', fromMs: 5, toMs: 9 },
      deviceUuid: 'g',
    } as const;
    assert.deepEqual(parseView(JSON.parse(JSON.stringify(view))), view);
  });
  for (const odd of [
    null,
    1,
    'x',
    [],
    { tab: 'nope', window: { kind: 'fixed', fromMs: 9, toMs: 5 } },
    { window: { kind: 'last', ms: 'x' } },
  ]) {
    test(`falls back for ${JSON.stringify(odd)}`, () => assert.deepEqual(parseView(odd), initialView));
  }
});
