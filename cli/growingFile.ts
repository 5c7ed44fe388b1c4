/** The run file of `perjoule run --out`: grows while the run goes on, so that it can be opened elsewhere meanwhile. */

import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import type { SamplerClient } from '../sampler/connect.ts';
import { linesHead, recordLine, samplesLine } from '../sampler/runFile/writeRun.ts';
import { UsageError } from './sampler.ts';
import { plain } from './terminalText.ts';
import type { WriteOptions } from './writeWhole.ts';

const everyMs = 2_000;
/** The newest readings still wait for their host side. */
const settleMs = 1_500;
/** The record is repeated more and more rarely: the one at the end holds everything. */
const longestBetweenRecordsMs = 60_000;
/** What one request may ask for. */
const windowMs = 120_000;

export class GrowingFile {
  readonly #path: string;
  /** Where it lies now: beside the file that it replaces, until there is something of a run in it. */
  #at: string;
  readonly #descriptor: number;
  readonly #say: (text: string) => void;
  #client: SamplerClient | null = null;
  #runId = '';
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> = Promise.resolve();
  /** On the run's clock, by track. */
  readonly #writtenMs = new Map<string, number>();
  #recordDueMs = 0;
  #betweenRecordsMs = everyMs;
  #failed = false;
  #hasRecord = false;

  /** @throws UsageError when the file exists and is not to be replaced, or cannot be made */
  constructor(path: string, { force }: WriteOptions, say: (text: string) => void) {
    this.#path = path;
    this.#say = say;
    const replaces = force === true && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    this.#at = replaces ? `${path}.${process.pid}.part` : path;
    try {
      this.#descriptor = openSync(this.#at, 'wx', 0o600);
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      const why = exists ? 'is there already' : `cannot be made (${plain((error as Error).message)})`;
      throw new UsageError(`${plain(path)} ${why}; choose another name for --out.`);
    }
    this.#append(linesHead);
  }

  /** The run is known: from now on the file follows it. */
  follow(client: SamplerClient, runId: string): void {
    this.#client = client;
    this.#runId = runId;
    const next = (): void => {
      this.#busy = this.#write(false).finally(() => {
        if (this.#timer !== undefined) this.#timer = setTimeout(next, everyMs);
      });
    };
    this.#timer = setTimeout(next, everyMs);
  }

  /** Writes what is left; a file without a record of a run goes away, and what it was to replace stays. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#busy;
    await this.#write(true);
    closeSync(this.#descriptor);
    if (!this.#hasRecord) rmSync(this.#at, { force: true });
  }

  async #write(last: boolean): Promise<void> {
    if (this.#client === null || this.#failed) return;
    try {
      const record = await this.#client.request('runRecord', { runId: this.#runId });
      if (record === null) return;
      const { durationMs } = record.run;
      const tracks = ['host', ...record.run.devices.map(({ uuid }) => uuid)];
      const toMs = last ? durationMs + settleMs : durationMs - settleMs;
      // A GPU that turns out to belong to the run does so from the start.
      for (const track of tracks) {
        await this.#writeSamples(this.#client, track, this.#writtenMs.get(track) ?? 0, toMs);
        this.#writtenMs.set(track, Math.max(toMs, this.#writtenMs.get(track) ?? 0));
      }
      if (last || durationMs >= this.#recordDueMs) {
        this.#append(recordLine(record));
        this.#arrive();
        this.#recordDueMs = durationMs + this.#betweenRecordsMs;
        this.#betweenRecordsMs = Math.min(longestBetweenRecordsMs, this.#betweenRecordsMs * 2);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #writeSamples(client: SamplerClient, track: string, fromMs: number, toMs: number): Promise<void> {
    for (let startMs = fromMs; startMs < toMs; startMs += windowMs) {
      const params = { runId: this.#runId, fromMs: startMs, toMs: Math.min(toMs, startMs + windowMs), track };
      const blocks = await client.request('runSamples', params);
      if (blocks.length > 0) this.#append(samplesLine(blocks));
    }
  }

  /** The command goes on, with its measurement; only the file ends here. */
  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const why = error instanceof Error ? error.message : String(error);
    this.#say(
      `${this.#path} is not written any more (${why}); "perjoule export last" writes the run once it has ended.`,
    );
  }

  /** From the first record on it is worth more than the file before it. */
  #arrive(): void {
    if (this.#at !== this.#path) renameSync(this.#at, this.#path);
    this.#at = this.#path;
    this.#hasRecord = true;
  }

  #append(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
  }
}
