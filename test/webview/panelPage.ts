/** The panel in a real browser: its bundle, a page with VS Code's strict policy over loopback, a fake VS Code around it. */

import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Locator, Page } from 'playwright-core';
import type { HostMessage, PageMessage } from '../../contracts/viewProtocol.ts';
// Tells the compiler of the data on the panel's root.
import type { PanelData } from '../../media/draw/summary.ts';
import { launchBrowser } from '../workbench/harness/browser.ts';
import { type ThemeName, themeValues } from './themes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shots = join(root, 'test-results', 'webview');

interface Fakes {
  readonly sent: PageMessage[];
  readonly violations: string[];
  saved: unknown;
}
declare global {
  interface Window {
    fakes: Fakes;
  }
}

export interface PanelPage {
  readonly page: Page;
  post(...messages: readonly HostMessage[]): Promise<void>;
  sent(): Promise<readonly PageMessage[]>;
  /** Policy violations and errors of scripts. */
  troubles(): Promise<readonly string[]>;
  /** A `data-` value of the panel's root. */
  fact(name: string): Promise<string | null>;
  /** What the chart shows, as data. */
  chart(): Promise<NonNullable<PanelData['chart']>>;
  theme(name: ThemeName): Promise<void>;
  /** Comes there by Tab alone, past the stops that lie between. */
  tabTo(target: Locator): Promise<void>;
  shot(name: string): Promise<void>;
}

export interface PanelOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: ThemeName;
  readonly saved?: unknown;
  readonly reducedMotion?: boolean;
}

export interface PanelBrowser {
  open(options?: PanelOptions): Promise<PanelPage>;
}

export interface StartedBrowser extends PanelBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Starts browser and server. */
export async function startPanelBrowser(): Promise<StartedBrowser> {
  const files = await bundle();
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').split('?')[0] ?? '/';
    const file = files.get(name);
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': file?.type ?? 'text/plain' });
    response.end(file?.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const browser = await launchBrowser();
  mkdirSync(shots, { recursive: true });
  return {
    browser,
    async open(options = {}) {
      const context = await browser.newContext({
        viewport: { width: options.width ?? 1200, height: options.height ?? 260 },
        ...(options.reducedMotion === true ? { reducedMotion: 'reduce' as const } : {}),
      });
      const page = await context.newPage();
      return openPanel(page, address, options);
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** The same around the tests of a file. */
export function panelBrowser(): PanelBrowser {
  let started: StartedBrowser | undefined;
  before(async () => {
    started = await startPanelBrowser();
  });
  after(() => started?.close());
  return {
    open(options) {
      if (started === undefined) throw new Error('the browser did not start');
      return started.open(options);
    },
  };
}

async function openPanel(page: Page, address: string, options: PanelOptions): Promise<PanelPage> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`error: ${error.message}`));
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') errors.push(`console: ${line.text()}`);
  });
  await page.addInitScript((saved: unknown) => {
    window.fakes = { sent: [], violations: [], saved };
    document.addEventListener('securitypolicyviolation', (event) =>
      window.fakes.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
    Object.assign(window, {
      acquireVsCodeApi: () => ({
        postMessage: (message: PageMessage) => window.fakes.sent.push(message),
        getState: () => window.fakes.saved,
        setState: (state: unknown) => {
          window.fakes.saved = state;
        },
      }),
    });
  }, options.saved ?? null);
  await page.goto(address);
  const panel: PanelPage = {
    page,
    async post(...messages) {
      await page.evaluate((list) => {
        for (const message of list) window.postMessage(message, '*');
      }, messages);
      await nextFrames(page);
    },
    sent: () => page.evaluate(() => window.fakes.sent),
    async troubles() {
      return [...errors, ...(await page.evaluate(() => window.fakes.violations))];
    },
    fact: (name) => page.locator('#perjoule-panel').getAttribute(`data-${name}`),
    async chart() {
      const chart = await page.evaluate(() => document.getElementById('perjoule-panel')?.perjoule?.chart);
      if (chart === undefined) throw new Error('there is no chart');
      return chart;
    },
    async theme(name) {
      await page.evaluate(({ classes, variables }) => {
        const { style } = document.documentElement;
        for (const old of [...style]) style.removeProperty(old);
        for (const [variable, value] of Object.entries(variables)) style.setProperty(variable, value);
        // A webview of the bottom panel lies on the panel's background.
        style.setProperty('background', variables['--vscode-panel-background'] ?? '');
        document.body.className = classes.join(' ');
      }, themeValues(name));
      await nextFrames(page);
    },
    async tabTo(target) {
      const isThere = (): Promise<boolean> =>
        target.evaluate((element) => element === document.activeElement);
      for (let presses = 0; presses < 40 && !(await isThere()); presses += 1)
        await page.keyboard.press('Tab');
      if (!(await isThere())) throw new Error(`Tab does not come to ${target}`);
    },
    async shot(name) {
      await nextFrames(page);
      await page.screenshot({ path: join(shots, `${name}.png`) });
    },
  };
  await panel.theme(options.theme ?? 'dark');
  return panel;
}

/** Messages are tasks and drawing is a frame: after two frames what was posted is on the page. */
const nextFrames = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => resolve())), 0);
      }),
  );

async function bundle(): Promise<ReadonlyMap<string, { type: string; body: string | Uint8Array }>> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: { panel: 'media/main.ts', style: 'media/panel.css' },
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'chrome128',
    outdir: 'out',
    write: false,
  });
  const text = (end: string): string => result.outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  const nonce = 'bm9uY2UtZm9yLXRoZS10ZXN0cw';
  const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self';">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/panel.css">
<title>Energy Profile</title>
</head>
<body>
<main id="perjoule-panel"></main>
<script nonce="${nonce}" src="/panel.js"></script>
</body>
</html>`;
  return new Map([
    ['/', { type: 'text/html', body: page }],
    ['/panel.js', { type: 'text/javascript', body: text('panel.js') }],
    ['/panel.css', { type: 'text/css', body: text('style.css') }],
    ['/favicon.ico', { type: 'image/x-icon', body: '' }],
  ]);
}
