import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { until } from '../../../tools/until.ts';
import { processesMarked } from '../../../tools/vscode/processes.ts';
import { installExtension, type Server, startServer } from '../../../tools/vscode/server.ts';
import { createSession, type Session, type SessionOptions } from '../../../tools/vscode/session.ts';
import { artefactPath } from './artefacts.ts';
import { launchBrowser } from './browser.ts';
import { Editor } from './editor.ts';
import { watchPageErrors } from './pageErrors.ts';
import { QuickInput } from './quickInput.ts';
import { Terminal } from './terminal.ts';

export interface WorkbenchOptions extends SessionOptions {
  /** Packaged extensions to install as a user would. */
  readonly vsix?: readonly string[];
  /** A folder whose copy becomes the workspace; the original is never written. */
  readonly copyOf?: string;
  /** Files of the workspace, by relative path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly trustWorkspace?: boolean;
  readonly edition?: 'current' | 'floor';
  readonly viewport?: { readonly width: number; readonly height: number };
  /** 2 for pictures that go into a document. */
  readonly deviceScaleFactor?: number;
  /** Further query parameters of the page; the in-host suites use them. */
  readonly query?: Readonly<Record<string, string>>;
  /** Called with the page before it goes to the workbench. */
  readonly beforeLoad?: (page: Page) => Promise<void>;
}

/** A real VS Code in a real browser, with the words a test reads well with. */
export class Workbench {
  readonly session: Session;
  readonly server: Server;
  readonly page: Page;
  readonly quickInput: QuickInput;
  readonly editor: Editor;
  readonly terminal: Terminal;
  readonly #browser: Browser;
  readonly #url: string;
  readonly #errors: () => readonly string[];

  constructor(session: Session, server: Server, browser: Browser, page: Page, url: string) {
    this.session = session;
    this.server = server;
    this.page = page;
    this.#browser = browser;
    this.#url = url;
    this.#errors = watchPageErrors(page);
    this.quickInput = new QuickInput(page);
    this.editor = new Editor(page, this.quickInput);
    this.terminal = new Terminal(page);
  }

  /** Errors in the page's console so far, less VS Code's known noise. */
  errors(): readonly string[] {
    return this.#errors();
  }

  async load(): Promise<void> {
    await this.page.goto(this.#url);
    await this.#restored();
  }

  /** What a user does with F5: the window goes and comes back, the server and its processes stay. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#restored();
  }

  /** Another window in place of this one: several folders, by their `.code-workspace` file. */
  async openFolders(file: string): Promise<void> {
    // VS Code in a browser sometimes reads the file before its server answers, and then shows no folder at all.
    const root = this.page.locator('.explorer-folders-view .monaco-list-row').first();
    await until(
      'the folders of the workspace',
      async () => {
        await this.page.goto(`${this.server.origin}/?${new URLSearchParams({ workspace: file })}`);
        await this.#restored();
        return root.waitFor({ timeout: 8_000 }).then(
          () => true,
          () => false,
        );
      },
      60_000,
    );
  }

  /** The same by the window's own command: with F5, VS Code loses what extensions stored in the last seconds. */
  async reloadWindow(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.#restored();
  }

  async #restored(): Promise<void> {
    await until(
      'the workbench to be restored',
      async () =>
        this.page.evaluate(async () => {
          if (!window.driver) return false;
          await window.driver.whenWorkbenchRestored();
          return true;
        }),
      60_000,
    );
  }

  /** Picks a command in the palette by its full title, "Category: Title". */
  async runCommand(title: string): Promise<void> {
    await this.quickInput.pick('F1', `>${title}`, title);
  }

  async commandTitles(filter: string): Promise<string[]> {
    await this.quickInput.open('F1', `>${filter}`);
    const titles = await until('commands', async () => {
      const offers = await this.quickInput.offers();
      return offers.length > 0 && offers;
    });
    await this.page.keyboard.press('Escape');
    await this.quickInput.closed();
    return titles;
  }

  /** The rows of the Problems view, each as a screen reader says it. */
  async problems(): Promise<string[]> {
    const rows = this.page.locator('.markers-panel .monaco-list-row');
    if (!(await this.page.locator('.markers-panel').isVisible()))
      await this.runCommand('Problems: Focus on Problems View');
    return rows.evaluateAll((elements) =>
      elements.map((element) => element.getAttribute('aria-label') ?? ''),
    );
  }

  /** Whether the Problems view says there are none: rows that are not drawn yet are no proof. */
  async saysNoProblems(): Promise<boolean> {
    return /No problems/.test(await this.page.locator('.markers-panel').innerText());
  }

  async waitForProblem(text: string | RegExp, timeoutMs = 20_000): Promise<string> {
    return until(
      `the problem ${text}`,
      async () =>
        (await this.problems()).find((row) =>
          typeof text === 'string' ? row.includes(text) : text.test(row),
        ),
      timeoutMs,
      () => this.problems(),
    );
  }

  /** Status bar entries as a screen reader says them. */
  async statusBar(): Promise<string[]> {
    return this.page
      .locator('.statusbar-item:not(.hidden) .statusbar-item-label')
      .evaluateAll((elements) =>
        elements.map((element) => element.getAttribute('aria-label') || element.textContent || ''),
      );
  }

  async waitForStatusBar(text: string | RegExp, timeoutMs = 20_000): Promise<string> {
    return until(
      `${text} in the status bar`,
      async () =>
        (await this.statusBar()).find((item) =>
          typeof text === 'string' ? item.includes(text) : text.test(item),
        ),
      timeoutMs,
      () => this.statusBar(),
    );
  }

  /**
   * What the notification centre holds, opened by its bell: with the test driver on, VS Code shows no toasts.
   */
  async notifications(): Promise<string[]> {
    const centre = this.page.locator('.notifications-center.visible');
    if (!(await centre.isVisible())) {
      await this.page.locator('#status\\.notifications a').click();
      await centre.waitFor({ timeout: 2000 });
    }
    return centre.locator('.notification-list-item-message').allInnerTexts();
  }

  async waitForNotification(text: string | RegExp, timeoutMs = 20_000): Promise<string> {
    return until(
      `the notification ${text}`,
      async () =>
        (await this.notifications()).find((item) =>
          typeof text === 'string' ? item.includes(text) : text.test(item),
        ),
      timeoutMs,
      () => this.notifications(),
    );
  }

  /** Presses a button of a notification or a dialog. */
  async pressButton(name: string): Promise<void> {
    await this.page
      .locator('.notifications-center.visible, .monaco-dialog-box')
      .getByRole('button', { name, exact: true })
      .first()
      .click();
  }

  /** The view with this title in the side bar. */
  view(title: string): Locator {
    return this.page.locator('.pane', {
      has: this.page.locator(`.pane-header[aria-label^="${title}"]`),
    });
  }

  /** Its rows, as a screen reader says them. */
  viewRows(title: string): Promise<string[]> {
    return this.view(title)
      .locator('.monaco-list-row')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label') ?? row.textContent ?? ''));
  }

  /** What the view says while it has no rows. */
  async waitForWelcome(title: string, text: RegExp): Promise<void> {
    const view = this.view(title);
    await until(
      `the welcome ${text}`,
      async () => text.test(await view.innerText()),
      30_000,
      () => view.innerText(),
    );
  }

  /** A webview is a frame in a frame; it is told from others by an element of its own. */
  async webviewFrame(rootSelector: string, timeoutMs = 20_000): Promise<Frame> {
    return until(
      `the webview with ${rootSelector}`,
      async () => {
        for (const frame of this.page.frames()) {
          // A frame that goes away under the question is not the one.
          const found = await frame.$(rootSelector).catch(() => null);
          if (found) return frame;
        }
        return undefined;
      },
      timeoutMs,
      () => this.page.frames().map((frame) => frame.url()),
    );
  }

  /** A picture in test-results/, for people; returns its path. */
  async screenshot(name: string): Promise<string> {
    const path = artefactPath(`${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  /** Ends the page and every process of the session, and fails when one is left. */
  async stop(): Promise<void> {
    await this.#browser.close();
    await this.session.dispose();
    const left = processesMarked(this.session.root);
    if (left.length > 0) throw new Error(`left running: ${JSON.stringify(left)}`);
  }
}

/**
 * Starts everything for one test and takes it down after it. A failed test leaves a picture of the last state and the
 * server's output in test-results/.
 */
export async function openWorkbench(t: TestContext, options: WorkbenchOptions = {}): Promise<Workbench> {
  const session = createSession(options);
  let opened: Workbench | undefined;
  let browser: Browser | undefined;
  t.after(async () => {
    if (!opened) {
      await browser?.close();
      await session.dispose();
      return;
    }
    if (!hasPassed(t)) await keepEvidence(t, opened);
    await opened.stop();
  });
  if (options.copyOf) cpSync(options.copyOf, session.workspace, { recursive: true });
  for (const [path, text] of Object.entries(options.files ?? {})) {
    writeFileSync(join(session.workspace, path), text);
  }
  const edition = options.edition === 'floor' ? 'floor' : undefined;
  for (const vsix of options.vsix ?? []) await installExtension(session, vsix, edition);
  const server = await startServer(session, {
    testDriver: true,
    ...(options.edition ? { edition: options.edition } : {}),
    ...(options.trustWorkspace === undefined ? {} : { trustWorkspace: options.trustWorkspace }),
  });
  browser = await launchBrowser(session.env);
  const page = await browser.newPage({
    viewport: options.viewport ?? { width: 1400, height: 900 },
    deviceScaleFactor: options.deviceScaleFactor ?? 1,
  });
  const query = new URLSearchParams({ folder: session.workspace, ...options.query });
  opened = new Workbench(session, server, browser, page, `${server.origin}/?${query}`);
  await options.beforeLoad?.(page);
  await opened.load();
  return opened;
}

/** Node 24 has `passed`; the types are those of the oldest Node that is supported. */
const hasPassed = (t: TestContext): boolean => 'passed' in t && t.passed === true;

async function keepEvidence(t: TestContext, workbench: Workbench): Promise<void> {
  try {
    const picture = await workbench.screenshot(`failed ${t.name}`);
    const log = artefactPath(`failed ${t.name}.log`);
    writeFileSync(log, `${workbench.server.output()}\n--- page errors\n${workbench.errors().join('\n')}\n`);
    t.diagnostic(`last state: ${picture}`);
  } catch (error) {
    t.diagnostic(`no picture of the last state: ${String(error)}`);
  }
}
