/** What a source answers when it is opened: the same frame for all of them. */

import type { MissingReason } from '../../contracts/provenance.ts';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';
import type { SourceSession } from './source.ts';

export interface OpenedSource {
  readonly status: SourceStatus;
  readonly session: SourceSession | null;
}

export interface Refusal {
  readonly state: SourceStatus['state'];
  readonly reason: MissingReason;
  readonly detail: string;
  readonly remedy: string | null;
}

export interface Answers {
  found(session: SourceSession, detail: string, remedy?: string | null): OpenedSource;
  without(refusal: Refusal): OpenedSource;
}

/** @param source `host` where its devices are no GPUs of this machine */
export function answersOf(source: {
  readonly id: string;
  readonly label: string;
  readonly host?: true;
}): Answers {
  return {
    found: (session, detail, remedy = null) => ({
      status: {
        ...source,
        state: 'found',
        reason: null,
        detail,
        remedy,
        deviceCount: session.devices.length,
      },
      session,
    }),
    without: (refusal) => ({ status: { ...source, ...refusal, deviceCount: 0 }, session: null }),
  };
}

/** `1 GPU`, `3 GPUs`. */
export const countText = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
