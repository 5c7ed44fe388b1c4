import type { Page } from 'playwright-core';
import { until } from '../../../tools/until.ts';
import type { QuickInput } from './quickInput.ts';

export type SquiggleSeverity = 'error' | 'warning' | 'info' | 'hint';

export interface Squiggle {
  /** As in the margin, from 1. */
  readonly line: number;
  readonly severity: SquiggleSeverity;
}

// The panel beside it, for sub-menus, carries the same class.
const LIGHT_BULB = '.action-widget:not(.action-list-submenu-panel)';

/** The active text editor, as a person sees it: only what is scrolled into view exists. */
export class Editor {
  readonly #page: Page;
  readonly #quickInput: QuickInput;

  constructor(page: Page, quickInput: QuickInput) {
    this.#page = page;
    this.#quickInput = quickInput;
  }

  async open(file: string): Promise<void> {
    const name = file.split('/').at(-1) ?? file;
    const tab = this.#page.locator(
      `.editor-group-container.active .tab.active[data-resource-name="${name}"]`,
    );
    // A file that is open is taken by its tab, as a person would.
    const there = this.#page.locator(`.editor-group-container .tab[data-resource-name="${name}"]`);
    if ((await there.count()) === 1) await there.click();
    await until(
      `the tab of ${name}`,
      async () => {
        if (await tab.isVisible()) return true;
        await this.#quickInput.pick('Control+p', file, name);
        await tab.waitFor({ timeout: 3_000 });
        return true;
      },
      60_000,
    );
    await until(`the text of ${name}`, async () => (await this.visibleLines()).length > 0);
  }

  /** Line and column from 1, as the status bar shows them. */
  async placeCursor(line: number, column = 1): Promise<void> {
    await this.#quickInput.open('Control+g', `:${line}:${column}`);
    await this.#quickInput.accept();
    await until(`the cursor on line ${line}`, async () => {
      const position = await this.#page.locator('#status\\.editor\\.selection').innerText();
      return position.includes(`Ln ${line},`);
    });
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  /** Replaces everything in the active editor. */
  async replaceAll(text: string): Promise<void> {
    await this.placeCursor(1);
    await this.#page.keyboard.press('Control+a');
    await this.#page.keyboard.insertText(text);
  }

  async save(): Promise<void> {
    await this.#page.keyboard.press('Control+s');
    await this.#page.locator('.editor-group-container.active .tab.active:not(.dirty)').waitFor();
  }

  async visibleLines(): Promise<string[]> {
    return this.#page.evaluate(() => {
      const lines = [
        ...document.querySelectorAll<HTMLElement>('.editor-group-container.active .view-lines .view-line'),
      ];
      return lines
        .sort((a, b) => Number.parseFloat(a.style.top) - Number.parseFloat(b.style.top))
        .map((line) => (line.textContent ?? '').replaceAll('\u00a0', ' ').replaceAll('\u200c', ''));
    });
  }

  async squiggles(): Promise<Squiggle[]> {
    return this.#page.evaluate(() => {
      const editor = document.querySelector('.editor-group-container.active .monaco-editor');
      if (!editor) return [];
      // Text overlays and margin are two columns of absolutely placed rows: the same top is the same line.
      const lineAt = new Map<string, number>();
      for (const row of editor.querySelectorAll<HTMLElement>('.margin-view-overlays > div')) {
        const number = row.querySelector('.line-numbers')?.textContent;
        if (number) lineAt.set(row.style.top, Number(number));
      }
      const found = new Map<string, Squiggle>();
      for (const row of editor.querySelectorAll<HTMLElement>('.view-overlays > div')) {
        for (const severity of ['error', 'warning', 'info', 'hint'] as const) {
          const line = lineAt.get(row.style.top);
          if (line === undefined || !row.querySelector(`.squiggly-${severity}`)) continue;
          found.set(`${line} ${severity}`, { line, severity });
        }
      }
      return [...found.values()].sort((a, b) => a.line - b.line);
    });
  }

  /** Waits until there are squiggles and `accept` is content with them. */
  async waitForSquiggles(
    accept: (squiggles: Squiggle[]) => boolean = (squiggles) => squiggles.length > 0,
    timeoutMs = 20_000,
  ): Promise<Squiggle[]> {
    return until(
      'squiggles',
      async () => {
        const squiggles = await this.squiggles();
        return accept(squiggles) && squiggles;
      },
      timeoutMs,
      () => this.squiggles(),
    );
  }

  /** What the light bulb offers on a line. */
  async lightBulbTitles(line: number, column = 1): Promise<string[]> {
    await this.#openLightBulb(line, column);
    const titles = await this.#lightBulbRows();
    await this.#page.keyboard.press('Escape');
    await this.#page.locator(LIGHT_BULB).waitFor({ state: 'hidden' });
    return titles;
  }

  /** Takes the offer whose title is, or contains, the text given. */
  async applyFix(line: number, title: string | RegExp, column = 1): Promise<void> {
    const matches = (text: string): boolean =>
      typeof title === 'string' ? text.includes(title) : title.test(text);
    await until(
      `the fix ${title} on line ${line}`,
      async () => {
        await this.#openLightBulb(line, column);
        if (!(await this.#lightBulbRows()).some(matches) || !(await this.#chooseRow(matches))) {
          await this.#page.keyboard.press('Escape');
          return false;
        }
        return true;
      },
      40_000,
      () => this.lightBulbTitles(line, column),
    );
    await this.#page.locator(LIGHT_BULB).waitFor({ state: 'hidden' });
  }

  /** Findings that change under it close the light bulb's menu again, so it is asked for until it stays. */
  async #openLightBulb(line: number, column: number): Promise<void> {
    await until('the light bulb to open', async () => {
      await this.placeCursor(line, column);
      await this.#page.keyboard.press('Control+.');
      await this.#page.locator(LIGHT_BULB).waitFor({ timeout: 3000 });
      return (await this.#lightBulbRows()).length > 0;
    });
  }

  /** By keyboard: a notice that comes up over the menu would take a click. False where the menu closed meanwhile. */
  async #chooseRow(matches: (text: string) => boolean): Promise<boolean> {
    const focused = this.#page.locator(`${LIGHT_BULB} .monaco-list-row.action.focused`);
    const rows = (await this.#lightBulbRows()).length;
    for (let at = 0; at <= rows; at += 1) {
      const text = await focused.innerText({ timeout: 3000 });
      if (matches(asPlainSpaces(text))) {
        await this.#page.keyboard.press('Enter');
        return true;
      }
      await this.#page.keyboard.press('ArrowDown');
      await until('the next row', async () => (await focused.innerText({ timeout: 3000 })) !== text, 3000);
    }
    return false;
  }

  async #lightBulbRows(): Promise<string[]> {
    const rows = await this.#page.locator(`${LIGHT_BULB} .monaco-list-row.action`).allInnerTexts();
    return rows.map(asPlainSpaces);
  }

  /** The text of the hover over a position, asked for by the keyboard. */
  async hover(line: number, column: number): Promise<string> {
    await this.placeCursor(line, column);
    await this.#page.keyboard.press('Control+k');
    await this.#page.keyboard.press('Control+i');
    const text = await until('a hover', async () => {
      const shown = this.#page.locator('.monaco-hover:not(.hidden)').filter({ visible: true });
      const content = (await shown.allInnerTexts()).join('\n').trim();
      return content !== '' && !/^Loading/.test(content) && content;
    });
    return asPlainSpaces(text);
  }

  async codeLenses(): Promise<string[]> {
    return this.#page.locator('.codelens-decoration').filter({ visible: true }).allInnerTexts();
  }
}

/** The editor writes text with spaces that do not break. */
const asPlainSpaces = (text: string): string => text.replaceAll('\u00a0', ' ').trim();
