// npm run bench:panel [-- --seconds N] [--compressed] [--uplot FILE]: what the panel's page costs in the real browser, in
// processor time of its main thread: 16 GPUs at 10 Hz, 4 updates a second, one GPU chosen; how a day opens and pans. By
// default ten minutes take ten minutes; compressed, each update follows the one before. With FILE, the path of uPlot's
// `uPlot.iife.min.js`, that library draws the same readings beside it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sqlite from 'node:sqlite';
import { parseArgs } from 'node:util';
import type { RunDetail, SeriesBlock } from '../../contracts/runs.ts';
import type { HostMessage } from '../../contracts/viewProtocol.ts';
import { runSeries } from '../../sampler/runSeries.ts';
import { RunStore } from '../../sampler/store/runStore.ts';
import { type PanelPage, startPanelBrowser } from '../webview/panelPage.ts';
import { hydrate, run } from '../webview/recordings.ts';
import { machineContention } from './contention.ts';
import { type PageTime, pageClock, quantile, timeBetween } from './pageTime.ts';
import { firstMessage, gpuValues, hostValues, liveMessage } from './panelTraffic.ts';
import { openUPlot } from './uPlotPage.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    compressed: { type: 'boolean', default: false },
    uplot: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const gpus = 16;
const updateMs = 250;
const limits = { updateMedianMs: 16, updateP95Ms: 40, openMs: 500, panP95Ms: 100, heapGrowthMiB: 2 };
/** Updates whose messages are made and handed to the page at once: what that costs is not the page's. */
const batch = 40;
const dayMs = 24 * 3_600_000;
/** As `src/panel/profilePanel.ts` asks for. */
const pointsSent = 600;

declare global {
  interface Window {
    queued: HostMessage[];
  }
}

const figures = (values: readonly number[]): string =>
  `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.95).toFixed(1)} ms`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** Posts the next of the queued messages; resolves when the frame that shows it is through. */
const postNext = (panel: PanelPage): Promise<void> =>
  panel.page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        window.postMessage(window.queued.shift(), '*');
        setTimeout(() => requestAnimationFrame(() => setTimeout(resolve, 0)), 0);
      }),
  );

const queue = (panel: PanelPage, messages: readonly HostMessage[]): Promise<void> =>
  panel.page.evaluate((list) => {
    window.queued = [...list];
  }, messages);

const workMs = ({ scriptMs, layoutMs }: PageTime): number => scriptMs + layoutMs;

const missed: string[] = [];
function verdict(what: string, value: number, limit: number): string {
  if (value <= limit) return 'holds';
  missed.push(what);
  return 'MISSED';
}

const started = await startPanelBrowser();
const folder = mkdtempSync(join(tmpdir(), 'pj-panel-'));

async function liveUpdates(): Promise<readonly PageTime[]> {
  const panel = await started.open();
  const clock = await pageClock(panel.page);
  await panel.post(firstMessage({ gpus }));
  await panel.page.getByRole('button', { name: '#3', exact: true }).click();
  const took: PageTime[] = [];
  const heap: number[] = [];
  const updates = Math.round((seconds * 1000) / updateMs);
  const looksEvery = Math.max(1, Math.round(updates / batch / 10));
  const begunMs = performance.now();
  for (let at = 0; at < updates; at += 1) {
    if (at % batch === 0) {
      const many = Array.from({ length: Math.min(batch, updates - at) }, (_, next) =>
        liveMessage({ gpus }, (at + next) * updateMs + 100, (at + next + 1) * updateMs + 100),
      );
      await queue(panel, many);
    }
    if (!options.compressed) await pause(begunMs + at * updateMs - performance.now());
    const before = await clock.read();
    await postNext(panel);
    took.push(timeBetween(before, await clock.read()));
    // With nothing queued: only what the page itself keeps.
    if ((at + 1) % batch === 0 && ((at + 1) / batch) % looksEvery === 0) heap.push(await clock.heapMiB());
  }
  // The same way to the page and back with a message that nobody understands: what measuring alone costs.
  await queue(
    panel,
    Array.from({ length: batch }, () => ({ type: 'nothing' }) as unknown as HostMessage),
  );
  const bare: PageTime[] = [];
  for (let at = 0; at < batch; at += 1) {
    const before = await clock.read();
    await postNext(panel);
    bare.push(timeBetween(before, await clock.read()));
  }
  const troubles = await panel.troubles();
  if (troubles.length > 0) throw new Error(troubles.join('\n'));
  await panel.page.close();

  const work = took.map(workMs);
  const pace = options.compressed ? 'as fast as it goes' : 'at their own pace';
  console.log(
    `live                   ${updates} updates of ${gpus} GPUs × 11 values at 10 Hz, ${seconds} s of a run, ${pace}; median / p95`,
  );
  console.log(
    `  script and layout    ${figures(work)} of processor time (limits ${limits.updateMedianMs} and ${limits.updateP95Ms} ms: ${verdict('update', quantile(work, 0.5), limits.updateMedianMs)}, ${verdict('update p95', quantile(work, 0.95), limits.updateP95Ms)}); bare message ${figures(bare.map(workMs))}`,
  );
  console.log(
    `  whole main thread    ${figures(took.map(({ mainMs }) => mainMs))}, painting included; bare message ${figures(bare.map(({ mainMs }) => mainMs))}`,
  );
  // The page keeps a few minutes of fine samples: until they are there it grows.
  const settled = heap[Math.floor(heap.length / 2)] ?? Number.NaN;
  const growth = (heap.at(-1) ?? Number.NaN) - settled;
  console.log(
    `  heap                 ${heap.map((size) => size.toFixed(1)).join(' ')} MiB in equal parts of it; ${growth.toFixed(2)} MiB over the second half (limit ${limits.heapGrowthMiB}: ${verdict('heap', growth, limits.heapGrowthMiB)})`,
  );
  return took;
}

/** A day in the store, of which its summaries are read; they are the same at any rate of the readings. */
function fillDay(environment: NodeJS.ProcessEnv): RunDetail {
  const zeroMs = 500_000 * 3_600_000;
  const detail = run({ gpus, durationMs: dayMs, state: 'ended', stepMs: 60_000 });
  const store = new RunStore(sqlite, environment);
  store.stageRun({ detail, clockZeroMs: zeroMs, processStart: '' });
  for (let timeMs = 0; timeMs < dayMs; timeMs += 5_000) {
    for (const { uuid, index } of detail.devices)
      store.addSample(`gpu/${uuid}`, { timeMs: zeroMs + timeMs, values: gpuValues(index, timeMs) });
    store.addSample(`host/${detail.runId}`, { timeMs: zeroMs + timeMs, values: hostValues(timeMs) });
    store.flush(zeroMs + timeMs + 5_000);
  }
  store.close();
  return detail;
}

interface Opened {
  readonly storeMs: number;
  readonly wireMs: number;
  readonly pageMs: number;
  /** Of processor, everywhere. */
  readonly workMs: number;
}

async function openDay(): Promise<void> {
  const environment = { XDG_STATE_HOME: folder, HOME: folder };
  const { runId } = fillDay(environment);
  const opened: Opened[] = [];
  let panel: PanelPage | undefined;
  for (let round = 0; round < 5; round += 1) {
    await panel?.page.close();
    panel = await started.open();
    const clock = await pageClock(panel.page);
    // Something is shown before: the compiler has seen the page's code, as where a run is picked from the list.
    await panel.post(hydrate({ gpus, durationMs: 60_000, number: 15 }));
    const hostCpu = process.cpuUsage();
    const fromMs = performance.now();
    const store = new RunStore(sqlite, environment);
    const stored = store.get(runId);
    if (stored === null) throw new Error('the day is not in the store');
    const block = runSeries(store, stored, null, null, pointsSent);
    store.close();
    const readMs = performance.now();
    // Over the sampler's socket.
    const sent = JSON.parse(JSON.stringify({ run: stored.detail, block })) as {
      run: RunDetail;
      block: SeriesBlock;
    };
    const sentMs = performance.now();
    const { user, system } = process.cpuUsage(hostCpu);
    await queue(panel, [hydrate({}, { ...sent, runs: [sent.run] })]);
    const before = await clock.read();
    const postedMs = performance.now();
    await postNext(panel);
    opened.push({
      storeMs: readMs - fromMs,
      wireMs: sentMs - readMs,
      pageMs: performance.now() - postedMs,
      workMs: (user + system) / 1000 + timeBetween(before, await clock.read()).mainMs,
    });
    if (Number(await panel.fact('points')) < 60) throw new Error('the day is not drawn');
  }
  const middle = (of: (one: Opened) => number): number => quantile(opened.map(of), 0.5);
  const wall = middle(({ storeMs, wireMs, pageMs }) => storeMs + wireMs + pageMs);
  console.log(
    `a day opens            ${wall.toFixed(0)} ms from store to picture (limit ${limits.openMs}: ${verdict('a day opens', wall, limits.openMs)}): store ${middle(({ storeMs }) => storeMs).toFixed(0)}, as messages ${middle(({ wireMs }) => wireMs).toFixed(0)}, page ${middle(({ pageMs }) => pageMs).toFixed(0)} ms; ${middle((one) => one.workMs).toFixed(0)} ms of processor in all; median of 5 pages`,
  );
  if (panel !== undefined) await pan(panel);
}

/** From the turn of the wheel to the frame that shows the other stretch, by the page's own clock. */
async function pan(panel: PanelPage): Promise<void> {
  const plot = panel.page.getByRole('application');
  await plot.focus();
  for (let press = 0; press < 2; press += 1) await panel.page.keyboard.press('+');
  const box = await plot.boundingBox();
  if (box === null) throw new Error('there is no chart');
  await panel.page.mouse.move(box.x + 300, box.y + 60);
  await panel.page.evaluate(() => {
    const scope = window as unknown as { responses: number[] };
    scope.responses = [];
    const frame = new MessageChannel();
    let turnedMs = 0;
    frame.port1.onmessage = () => scope.responses.push(performance.now() - turnedMs);
    window.addEventListener(
      'wheel',
      (event) => {
        turnedMs = event.timeStamp;
        requestAnimationFrame(() => frame.port2.postMessage(null));
      },
      { capture: true },
    );
  });
  const clock = await pageClock(panel.page);
  const work: number[] = [];
  const from = (await panel.chart()).fromMs;
  for (let turn = 0; turn < 120; turn += 1) {
    const before = await clock.read();
    await panel.page.mouse.wheel(turn % 80 < 40 ? 12 : -12, 0);
    await panel.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0))),
    );
    work.push(timeBetween(before, await clock.read()).mainMs);
  }
  if ((await panel.chart()).fromMs === from && work.length === 0) throw new Error('nothing moved');
  const responses = await panel.page.evaluate(
    () => (window as unknown as { responses: readonly number[] }).responses,
  );
  console.log(
    `a day pans             ${figures(responses)} from wheel to frame, ${responses.length} turns (limit p95 ${limits.panP95Ms}: ${verdict('pan', quantile(responses, 0.95), limits.panP95Ms)}); ${figures(work)} of processor`,
  );
}

async function uPlotBeside(script: string, ours: readonly PageTime[]): Promise<void> {
  const plot = await openUPlot(started.browser, script, gpus);
  const clock = await pageClock(plot.page);
  const keep = seconds * 10;
  const rowsOf = (fromMs: number, toMs: number): number[][][] => {
    const times = Array.from({ length: Math.round((toMs - fromMs) / 100) }, (_, at) => fromMs + at * 100);
    return (['powerW', 'utilization'] as const).map((metric) => [
      times.map((timeMs) => timeMs / 1000),
      ...Array.from({ length: gpus }, (_, gpu) => times.map((timeMs) => gpuValues(gpu, timeMs)[metric])),
    ]);
  };
  await plot.update(rowsOf(0, seconds * 1000), keep);
  const took: PageTime[] = [];
  for (let at = 0; at < 200; at += 1) {
    const fromMs = seconds * 1000 + at * updateMs;
    const added = rowsOf(fromMs, fromMs + updateMs);
    const before = await clock.read();
    await plot.update(added, keep);
    took.push(timeBetween(before, await clock.read()));
  }
  const last = ours.slice(-200);
  const ratio = (of: (time: PageTime) => number): string =>
    (quantile(last.map(of), 0.5) / quantile(took.map(of), 0.5)).toFixed(2);
  console.log(
    `uPlot, the same run    ${figures(took.map(workMs))} script and layout, ${figures(took.map(({ mainMs }) => mainMs))} main thread: two bare charts of ${gpus} lines with every reading`,
  );
  console.log(
    `  the whole panel over that, last 200 updates: ${ratio(workMs)} × script and layout, ${ratio(({ mainMs }) => mainMs)} × main thread`,
  );
}

try {
  const ours = await liveUpdates();
  await openDay();
  if (options.uplot === undefined)
    console.log('uPlot                  not drawn: name its uPlot.iife.min.js with --uplot');
  else await uPlotBeside(options.uplot, ours);
  const { busy, text } = machineContention();
  if (missed.length > 0)
    console.log(`over the limit: ${missed.join(', ')}${busy ? `; not decided, ${text}` : ''}`);
  process.exitCode = missed.length === 0 || busy ? 0 : 1;
} finally {
  await started.close();
  rmSync(folder, { recursive: true, force: true });
}
