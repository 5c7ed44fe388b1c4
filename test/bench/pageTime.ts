/** Processor time of a page's main thread, from the browser's own accounts: what else the machine does is not in it. */

import type { Page } from 'playwright-core';

export interface PageTime {
  readonly scriptMs: number;
  /** Layout and styles. */
  readonly layoutMs: number;
  /** Everything on the main thread: script, layout, painting, messages, collection of garbage. */
  readonly mainMs: number;
}

export interface PageClock {
  /** Since the page was opened. */
  read(): Promise<PageTime>;
  /** After garbage has been collected. */
  heapMiB(): Promise<number>;
}

export async function pageClock(page: Page): Promise<PageClock> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const values = async (): Promise<ReadonlyMap<string, number>> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  return {
    async read() {
      const known = await values();
      const ms = (name: string): number => (known.get(name) ?? Number.NaN) * 1000;
      return {
        scriptMs: ms('ScriptDuration'),
        layoutMs: ms('LayoutDuration') + ms('RecalcStyleDuration'),
        mainMs: ms('TaskDuration'),
      };
    },
    async heapMiB() {
      await session.send('HeapProfiler.collectGarbage');
      return ((await values()).get('JSHeapUsedSize') ?? Number.NaN) / 2 ** 20;
    },
  };
}

export const timeBetween = (from: PageTime, to: PageTime): PageTime => ({
  scriptMs: to.scriptMs - from.scriptMs,
  layoutMs: to.layoutMs - from.layoutMs,
  mainMs: to.mainMs - from.mainMs,
});

export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;
