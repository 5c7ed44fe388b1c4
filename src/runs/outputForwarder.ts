/** Most text forwarded in one message; a program that prints faster loses the middle, never its own output. */
const maxChunk = 64 * 1024;

/**
 * Collects what a program prints and hands it on at most ten times a second, so that a chatty program neither
 * floods the sampler nor waits for it.
 */
export class OutputForwarder {
  readonly #send: (text: string) => void;
  readonly #delayMs: number;
  #pending = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (text: string) => void, delayMs = 100) {
    this.#send = send;
    this.#delayMs = delayMs;
  }

  add(text: string): void {
    this.#pending += text;
    if (this.#pending.length > 2 * maxChunk) this.#pending = this.#pending.slice(-maxChunk);
    this.#timer ??= setTimeout(() => this.flush(), this.#delayMs);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending === '') return;
    const text = this.#pending.slice(-maxChunk);
    this.#pending = '';
    this.#send(text);
  }

  /** What waits is not sent: nobody listens any more. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = '';
  }
}
