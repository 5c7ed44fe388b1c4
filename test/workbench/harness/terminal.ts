import type { Page } from 'playwright-core';
import { until } from '../../../tools/until.ts';

/** The part of VS Code's own test driver that is used here. */
interface Driver {
  whenWorkbenchRestored(): Promise<void>;
  getTerminalBuffer(selector: string): Promise<string[]>;
}

declare global {
  interface Window {
    driver?: Driver;
  }
}

const ACTIVE = '.terminal-wrapper.active';

/** The integrated terminal, typed into like a person does. */
export class Terminal {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Opens a new terminal and waits for its prompt. */
  async open(): Promise<void> {
    await this.#page.keyboard.press('Control+Shift+`');
    await this.#page.locator(`${ACTIVE} .xterm`).first().waitFor();
    await until(
      'a prompt in the terminal',
      async () => (await this.lines()).some((line) => line.includes('$')),
      30_000,
    );
  }

  /** Brings the terminal back where another view has taken the panel. */
  async show(): Promise<void> {
    await until('the terminal to be shown', async () => {
      if (!(await this.#page.locator(`${ACTIVE} .xterm`).first().isVisible()))
        await this.#page.keyboard.press('Control+`');
      return this.#page.locator(`${ACTIVE} .xterm`).first().isVisible();
    });
  }

  /** Types a command and Enter; does not wait for it. */
  async run(command: string): Promise<void> {
    await this.#page.locator(`${ACTIVE} .xterm-helper-textarea`).first().focus();
    await this.#page.keyboard.type(command);
    await this.#page.keyboard.press('Enter');
  }

  async interrupt(): Promise<void> {
    await this.#page.locator(`${ACTIVE} .xterm-helper-textarea`).first().focus();
    await this.#page.keyboard.press('Control+c');
  }

  async lines(): Promise<string[]> {
    return this.#page.evaluate(
      async (selector) => (await window.driver?.getTerminalBuffer(selector)) ?? [],
      ACTIVE,
    );
  }

  async waitForText(text: string | RegExp, timeoutMs = 30_000): Promise<string> {
    const matches = (line: string): boolean =>
      typeof text === 'string' ? line.includes(text) : text.test(line);
    return until(
      `${text} in the terminal`,
      async () => (await this.lines()).find(matches),
      timeoutMs,
      async () => (await this.lines()).slice(-15),
    );
  }
}
