import type { Locator, Page } from 'playwright-core';
import { until } from '../../../tools/until.ts';

/** A loaded machine answers late, and then takes several tries. */
const PATIENCE_MS = 60_000;

/** The box that drops from the top: commands, files, lines, choices. */
export class QuickInput {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get #widget(): Locator {
    return this.#page.locator('.quick-input-widget').filter({ visible: true });
  }

  /** Opens it with a key, in whatever state the workbench is. */
  async open(key: string, text: string): Promise<void> {
    await until(
      'the quick input to open',
      async () => {
        if (await this.#widget.isVisible()) return true;
        await this.#page.keyboard.press(key);
        // One key at a time: a second one that is late would empty the box again.
        await this.#widget.waitFor({ timeout: 3_000 });
        return true;
      },
      PATIENCE_MS,
    );
    await this.type(text);
  }

  /** Until it stands: what opens the box may still put words of its own into it. */
  async type(text: string): Promise<void> {
    const box = this.#widget.locator('.quick-input-box input');
    const once = { timeout: 3_000 };
    await until(`the box to hold "${text}"`, async () => {
      if ((await box.inputValue(once)) === text) return true;
      await box.fill(text, once);
      return false;
    });
  }

  /**
   * Opens it with a key, types, and takes the row with exactly this label. It begins anew where the row is not there
   * yet, as a command of an extension that is just starting, or where something that took the focus closed the box.
   */
  async pick(key: string, text: string, label: string): Promise<void> {
    await this.pickNext(key, text, label);
    await this.closed();
  }

  /** The same where taking it asks the next question. */
  async pickNext(key: string, text: string, label: string): Promise<void> {
    await until(
      `the choice "${label}" of "${text}"`,
      async () => {
        await this.open(key, text);
        if (await this.offersSoon(label)) return true;
        await this.#page.keyboard.press('Escape');
        await this.closed();
        return false;
      },
      PATIENCE_MS,
    );
    await this.chooseNext(label);
  }

  /** Answers the question for a file, which takes the place of whatever was asked before. */
  async path(text: string): Promise<void> {
    const box = this.#widget.locator('.quick-input-box input');
    await until('the question for a file', async () => (await box.inputValue()).startsWith('/'), 30_000);
    await until(
      'the file to be taken',
      async () => {
        if (!(await this.#widget.isVisible())) return true;
        // What is listed meanwhile can put the folder back.
        const once = { timeout: 1_500 };
        const stands = await box.inputValue(once).catch(() => null);
        if (stands !== null && stands !== text) await box.fill(text, once).catch(() => undefined);
        // It may be gone by now.
        else if (stands !== null) await box.press('Enter', once).catch(() => undefined);
        return false;
      },
      30_000,
    );
  }

  /** The labels of the rows that are offered now. */
  async offers(): Promise<string[]> {
    return this.#widget
      .locator('.quick-input-list .monaco-list-row .monaco-icon-label .label-name')
      .allInnerTexts();
  }

  /** Whether a row with exactly this label turns up while the list is being filled. */
  async offersSoon(label: string): Promise<boolean> {
    try {
      await until('the offer', async () => (await this.#indexOf(label)) >= 0, 1500);
      return true;
    } catch {
      return false;
    }
  }

  async #indexOf(label: string): Promise<number> {
    const labels = await this.#rows.evaluateAll((elements) =>
      elements.map((element) => element.querySelector('.label-name')?.textContent?.replaceAll('\u00a0', ' ')),
    );
    return labels.indexOf(label);
  }

  get #rows(): Locator {
    return this.#widget.locator('.quick-input-list .monaco-list-row');
  }

  /** Waits for a row with exactly this label and takes it. */
  async choose(label: string): Promise<void> {
    await this.chooseNext(label);
    await this.closed();
  }

  /** The same where taking it asks the next question. */
  async chooseNext(label: string): Promise<void> {
    let clicked = false;
    await until(
      `the choice "${label}"`,
      async () => {
        if ((await this.#indexOf(label)) < 0) {
          // On a loaded machine a click that was taken can still be reported as late: then the next question is there.
          return clicked && (!(await this.#widget.isVisible()) || (await this.offers()).length > 0);
        }
        // By its label and not by its place: the list may be sorted anew between the look and the click.
        const plain = label.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
        const exactly = new RegExp(`^${plain.replaceAll(' ', '[ \\u00a0]')}$`);
        const name = this.#page.locator('.label-name', { hasText: exactly });
        clicked = true;
        await this.#rows.filter({ has: name }).first().click({ timeout: 1_500 });
        return true;
      },
      15_000,
      () => this.offers(),
    );
  }

  async accept(): Promise<void> {
    await this.#page.keyboard.press('Enter');
    await this.closed();
  }

  async closed(): Promise<void> {
    await this.#widget.waitFor({ state: 'hidden' });
  }
}
