/** A door behind which a recorded nvidia-smi answers: the fake machine for tests. */

import type { CommandResult, SourceDoor } from './source.ts';

export interface RecordedAnswers {
  readonly source: string;
  readonly driver: string;
  readonly rows: readonly { readonly state: string; readonly cells: Readonly<Record<string, string>> }[];
}

export interface RecordedMachine {
  readonly door: SourceDoor;
  /** Moves the clock on. */
  advance(elapsedMs: number): void;
  /** One round of the loop prints the row of this state; with `text`, prints that instead. */
  print(state: string, text?: string): void;
  /** The loop ends by itself. */
  end(exitCode: number | null): void;
  /** Arguments of every start, oldest first. */
  readonly started: readonly (readonly string[])[];
  readonly stopped: number;
}

export interface RecordedFaults {
  /** Fields that this driver does not know. */
  readonly unknownFields?: readonly string[];
  /** Answer of every query instead of the recorded one. */
  readonly answer?: CommandResult;
  readonly missing?: boolean;
  readonly computeApps?: string;
}

const fieldsOf = (args: readonly string[]): readonly string[] =>
  (args.find((arg) => arg.startsWith('--query-gpu='))?.slice('--query-gpu='.length) ?? '').split(',');

export function recordedMachine(recorded: RecordedAnswers, faults: RecordedFaults = {}): RecordedMachine {
  let nowMs = 1_000_000;
  const started: (readonly string[])[] = [];
  let stopped = 0;
  let loop: {
    readonly fields: readonly string[];
    line(text: string): void;
    end(code: number | null): void;
  } | null = null;
  const row = (fields: readonly string[], state: string): string => {
    const cells = recorded.rows.find((candidate) => candidate.state === state)?.cells ?? {};
    return fields.map((field) => cells[field] ?? '[N/A]').join(', ');
  };
  const answer = (stdout: string, exitCode: number): CommandResult => ({
    exitCode,
    stdout,
    stderr: '',
    timedOut: false,
  });
  const door: SourceDoor = {
    nowMs: () => nowMs,
    async run(_program, args) {
      started.push(args);
      if (args.some((arg) => arg.startsWith('--query-compute-apps')))
        return answer(faults.computeApps ?? '', 0);
      if (faults.answer !== undefined) return faults.answer;
      const fields = fieldsOf(args);
      const unknown = fields.find((field) => faults.unknownFields?.includes(field));
      if (unknown !== undefined) return answer(`Field "${unknown}" is not a valid field to query.\n\n`, 2);
      return answer(`${row(fields, 'idle')}\n`, 0);
    },
    stream(_program, args, on) {
      started.push(args);
      loop = { fields: fieldsOf(args), line: on.line, end: on.end };
      return {
        stop() {
          stopped += 1;
        },
      };
    },
    findProgram: (candidates) => (faults.missing ? null : (candidates[0] ?? null)),
    readNew: () => '',
    append: () => undefined,
  };
  return {
    door,
    started,
    get stopped() {
      return stopped;
    },
    advance(elapsedMs) {
      nowMs += elapsedMs;
    },
    print(state, text) {
      loop?.line(text ?? row(loop.fields, state));
    },
    end(exitCode) {
      loop?.end(exitCode);
    },
  };
}
