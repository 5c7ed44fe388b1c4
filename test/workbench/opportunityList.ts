import type { Locator } from 'playwright-core';
import { until } from '../../tools/until.ts';
import type { Workbench } from './harness/workbench.ts';

/** The list of opportunities, as somebody without a mouse uses it. */
export class OpportunityList {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  get #pane(): Locator {
    return this.#workbench.view('Opportunities');
  }

  focus(): Promise<void> {
    return this.#workbench.runCommand('Perjoule: Focus on Opportunities View');
  }

  rows(): Promise<string[]> {
    return this.#workbench.viewRows('Opportunities');
  }

  waitFor(what: string, accept: (rows: readonly string[]) => boolean, timeoutMs = 30_000): Promise<string[]> {
    return until(
      what,
      async () => {
        const rows = await this.rows();
        return rows.length > 0 && accept(rows) && rows;
      },
      timeoutMs,
      () => this.rows(),
    );
  }

  waitForWelcome(text: RegExp): Promise<void> {
    return this.#workbench.waitForWelcome('Opportunities', text);
  }

  /** Puts the keyboard's focus on a row, wherever it is now. */
  async #goTo(row: RegExp): Promise<void> {
    const { page } = this.#workbench;
    await until('the focus in the list', async () => {
      if ((await this.#pane.locator('.monaco-list:focus, .monaco-list :focus').count()) > 0) return true;
      await this.focus();
      return false;
    });
    const focused = this.#pane.locator('.monaco-list-row.focused');
    await page.keyboard.press('Home');
    await until(
      `the row ${row}`,
      async () => {
        const label = (await focused.count()) === 1 ? await focused.getAttribute('aria-label') : '';
        if (row.test(label ?? '')) return true;
        await page.keyboard.press('ArrowDown');
        return false;
      },
      20_000,
      () => this.rows(),
    );
  }

  /** As Enter does: the place opens. */
  async take(row: RegExp): Promise<void> {
    await this.#goTo(row);
    await this.#workbench.page.keyboard.press('Enter');
  }

  async expand(row: RegExp): Promise<void> {
    await this.#goTo(row);
    await this.#workbench.page.keyboard.press('ArrowRight');
  }

  /** Picks from the row's context menu. */
  async menu(row: RegExp, title: string): Promise<void> {
    const { page } = this.#workbench;
    await this.focus();
    await this.#goTo(row);
    await page.keyboard.press('Shift+F10');
    const entry = page.locator('.monaco-menu .action-item', { hasText: title });
    await entry.waitFor({ timeout: 5_000 });
    await until(`${title} under the keyboard`, async () => {
      if ((await entry.getAttribute('class'))?.includes('focused')) return true;
      await page.keyboard.press('ArrowDown');
      return false;
    });
    await page.keyboard.press('Enter');
    await entry.waitFor({ state: 'hidden' });
  }

  /** A button of the view's title. */
  async press(title: string): Promise<void> {
    await this.#pane.locator('.pane-header').hover();
    await this.#pane.getByRole('button', { name: title }).click();
  }
}
