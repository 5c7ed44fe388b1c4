/**
 * What the editor was last told of each text. A change of one text may make the answer for another untrue: once the
 * typing rests the answers are looked through, and when one no longer holds the editor is asked to pull again.
 */

import { setImmediate } from 'node:timers/promises';
import type { Diagnostic } from 'vscode-languageserver';

export interface Answer {
  /** The same whenever the answer is the same, also from another server. */
  readonly resultId: string;
  readonly items: Diagnostic[];
}

/** Time without a change before the others are looked at, ms: the text that is typed in goes first. */
const restMs = 150;

export class Answers {
  readonly #answerNow: (uri: string) => Promise<string | undefined>;
  readonly #pullAgain: () => void;
  readonly #given = new Map<string, string>();
  #round = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `answerNow`: the id of what would be answered; undefined for a text that is not shown any more. */
  constructor(answerNow: (uri: string) => Promise<string | undefined>, pullAgain: () => void) {
    this.#answerNow = answerNow;
    this.#pullAgain = pullAgain;
  }

  given(uri: string, resultId: string): void {
    this.#given.set(uri, resultId);
  }

  forget(uri: string): void {
    this.#given.delete(uri);
  }

  changed(): void {
    this.#round += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#lookThrough(this.#round).catch(() => {}), restMs).unref();
  }

  /** One text at a time, so that a request in between waits for no more than one. */
  async #lookThrough(round: number): Promise<void> {
    for (const uri of this.#given.keys()) {
      await setImmediate();
      const now = await this.#answerNow(uri);
      if (round !== this.#round) return;
      const before = this.#given.get(uri);
      if (now === undefined) this.#given.delete(uri);
      else if (before !== undefined && now !== before) return this.#pullAgain();
    }
  }
}
