/**
 * Sets power limits and puts back what stood before. The previous limit of a GPU is written down before the first
 * change and forgotten only when it stands again, so a sampler that is killed in between leaves its successor the rest.
 */

import type { PowerLimitRange } from '../../contracts/powerPlan.ts';
import { type LimitControl, LimitError, type LimitedDevice } from './limitControl.ts';
import type { ChangedLimit, LimitJournal } from './limitJournal.ts';
import { unreachable } from './refusals.ts';

/** Drivers round limits to a whole watt or a step of their own. */
const sameLimitW = 1.5;

export interface ControlledDevice {
  readonly control: LimitControl;
  readonly range: PowerLimitRange;
}

export class LimitKeeper {
  readonly #controls: readonly LimitControl[];
  readonly #journal: LimitJournal;
  #changed: readonly ChangedLimit[];
  #last: Promise<unknown> = Promise.resolve();

  /** @param controls the better ones first */
  constructor(controls: readonly LimitControl[], journal: LimitJournal) {
    this.#controls = controls;
    this.#journal = journal;
    this.#changed = journal.read();
  }

  /** Whether limits of ours still stand. */
  get hasChanged(): boolean {
    return this.#changed.length > 0;
  }

  /** The first control that reaches the GPU; null when none does. @throws LimitError */
  async find(device: LimitedDevice): Promise<ControlledDevice | null> {
    for (const control of this.#controls) {
      const range = await control.range(device);
      if (range !== null) return { control, range };
    }
    return null;
  }

  /**
   * After every set and restore that was asked for before.
   * @throws LimitError when it was not set, or nobody knows; `restore` then finds out
   */
  set(device: LimitedDevice, control: LimitControl, limitW: number): Promise<void> {
    return this.#inTurn(async () => {
      const { uuid, index, name } = device;
      const before = this.#changed.find((changed) => changed.uuid === uuid);
      const previousW = before?.previousW ?? (await control.range(device))?.currentW;
      if (previousW === undefined) throw new LimitError(unreachable(name));
      const oursW = [...new Set([...(before?.oursW ?? []), limitW])];
      this.#write([
        ...this.#changed.filter((changed) => changed !== before),
        { uuid, index, name, control: control.id, previousW, oursW },
      ]);
      await control.set(device, limitW);
    });
  }

  /**
   * Puts back the previous limits of these GPUs, or of all; one that somebody else has changed since stays.
   * @returns whether all of them stand again
   */
  restore(uuids?: ReadonlySet<string>): Promise<boolean> {
    return this.#inTurn(async () => {
      const wanted = this.#changed.filter(({ uuid }) => uuids === undefined || uuids.has(uuid));
      let all = true;
      for (const changed of wanted) {
        // One GPU that cannot be asked keeps no other waiting.
        const done = await this.#restoreOne(changed).catch(() => false);
        if (done) this.#forget(changed.uuid);
        else all = false;
      }
      return all;
    });
  }

  /** A restore that overtook a set would leave the set behind, and its note would be gone. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #restoreOne(changed: ChangedLimit): Promise<boolean> {
    const control = this.#controls.find(({ id }) => id === changed.control);
    if (control === undefined) return false;
    const range = await control.range(changed);
    if (range === null) return false;
    const ours = changed.oursW.some((limitW) => Math.abs(range.currentW - limitW) <= sameLimitW);
    if (ours) await control.set(changed, changed.previousW);
    return true;
  }

  #forget(uuid: string): void {
    this.#write(this.#changed.filter((changed) => changed.uuid !== uuid));
  }

  /** @throws LimitError */
  #write(next: readonly ChangedLimit[]): void {
    try {
      this.#journal.write(next);
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new LimitError({
        reason: 'noPermission',
        message: `The previous power limit cannot be written down (${why}), so nothing is changed.`,
        remedy: 'Make the folder of the run store writable.',
      });
    }
    this.#changed = next;
  }
}
