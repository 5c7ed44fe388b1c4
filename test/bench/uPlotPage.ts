/** The curves of a live run drawn by uPlot, for comparison: two charts and nothing else, fed with the same readings. */

import type { Browser, Page } from 'playwright-core';

/** One row of times in seconds, then a row for each series. */
type Rows = readonly (readonly number[])[];

interface Chart {
  setData(rows: Rows): void;
}

interface UPlotWindow {
  readonly uPlot: new (options: object, rows: Rows, into: HTMLElement) => Chart;
  charts: readonly Chart[];
  rows: number[][][];
}

export interface UPlotPage {
  readonly page: Page;
  /** Adds rows to each chart, lets the oldest go, and draws them all. Resolves when the frame is through. */
  update(added: readonly Rows[], keep: number): Promise<void>;
}

/** @param script path of `uPlot.iife.min.js` */
export async function openUPlot(browser: Browser, script: string, series: number): Promise<UPlotPage> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 260 } });
  await page.setContent('<body style="margin:0"><div id="charts"></div></body>');
  await page.addScriptTag({ path: script });
  await page.evaluate((count) => {
    const scope = window as unknown as UPlotWindow;
    const into = document.getElementById('charts') ?? document.body;
    const lines = Array.from({ length: count }, (_, at) => ({
      stroke: `hsl(${at * 22} 70% 50%)`,
      width: 1.5,
      points: { show: false },
    }));
    scope.rows = [0, 1].map(() => Array.from({ length: count + 1 }, () => []));
    scope.charts = [700, 1].map(
      (top, at) =>
        new scope.uPlot(
          {
            width: 900,
            height: 90,
            legend: { show: false },
            cursor: { show: false },
            scales: { x: { time: false }, y: { range: [0, top] } },
            series: [{}, ...lines],
          },
          scope.rows[at] ?? [],
          into,
        ),
    );
  }, series);
  return {
    page,
    update: (added, keep) =>
      page.evaluate(
        ([more, most]) =>
          new Promise<void>((resolve) => {
            const scope = window as unknown as UPlotWindow;
            for (const [at, chart] of scope.charts.entries()) {
              const rows = scope.rows[at] ?? [];
              for (const [row, values] of rows.entries()) {
                values.push(...(more[at]?.[row] ?? []));
                if (values.length > most) values.splice(0, values.length - most);
              }
              chart.setData(rows);
            }
            requestAnimationFrame(() => setTimeout(resolve, 0));
          }),
        [added, keep] as const,
      ),
  };
}
