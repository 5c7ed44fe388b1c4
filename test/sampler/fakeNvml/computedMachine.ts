/**
 * A machine whose time is computed: the stand-in library is called through the same native path as the real one, and
 * its clock is moved by the test. `nvidia-smi` of this machine prints what the same library answers.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { CrashGuard } from '../../../sampler/native/crashGuard.ts';
import { createNativeLibraries } from '../../../sampler/native/nativeLibraries.ts';
import { createNvml } from '../../../sampler/sources/nvml.ts';
import type {
  DeviceReading,
  NativeLibrary,
  SourceDoor,
  SourceSession,
} from '../../../sampler/sources/source.ts';

export interface ComputedMachine {
  readonly door: SourceDoor;
  /** Replaces the whole script. */
  script(...lines: readonly string[]): void;
  /** Milliseconds since the script's start, on the door's clock too. */
  nowMs(): number;
  /** Moves the clock on; loops of `nvidia-smi` print what is due on the way. */
  advance(ms: number): void;
  /** How often the library was asked this function since it was loaded. */
  calls(name: string): number;
  /** Resolves when no library is being called. */
  idle(): Promise<void>;
}

interface SmiLoop {
  readonly everyMs: number;
  readonly fields: readonly string[];
  dueMs: number;
  line(text: string): void;
}

export function computedMachine(context: Pick<TestContext, 'after'>, libraryPath: string): ComputedMachine {
  const folder = mkdtempSync(join(tmpdir(), 'pj-'));
  const scriptPath = join(folder, 'script');
  const native = createNativeLibraries(new CrashGuard(folder));
  const opened = native.open([libraryPath]);
  if (opened.library === null) throw new Error(opened.detail);
  const own = opened.library;
  const setTime = own.find('void fakeSetTime(double ms)');
  const calls = own.find('uint32_t fakeCalls(const char *name)');
  if (setTime === null || calls === null) throw new Error('not the stand-in');
  let nowMs = 0;
  let calling = 0;
  let waiting: (() => void)[] = [];
  const loops = new Set<SmiLoop>();
  context.after(() => {
    native.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const must = (prototype: string) => {
    const found = own.find(prototype);
    if (found === null) throw new Error(`the stand-in lacks ${prototype}`);
    return found;
  };
  const smi = {
    init: must('int nvmlInit_v2()'),
    count: must('int nvmlDeviceGetCount_v2(void *count)'),
    handle: must('int nvmlDeviceGetHandleByIndex_v2(uint32_t index, void *h)'),
    uuid: must('int nvmlDeviceGetUUID(void *h, void *text, uint32_t size)'),
    fields: must('int nvmlDeviceGetFieldValues(void *h, int count, void *values)'),
    power: must('int nvmlDeviceGetPowerUsage(void *h, void *milliwatts)'),
  };

  /** Rows as the program prints them; the exit code is NVML's. */
  function printed(fields: readonly string[]): { readonly rows: readonly string[]; readonly code: number } {
    const number = Buffer.alloc(4);
    const code = smi.count(number);
    const rows: string[] = [];
    for (let index = 0; code === 0 && index < number.readUInt32LE(); index += 1) {
      const handle = Buffer.alloc(8);
      smi.handle(index, handle);
      const h = handle.readBigUInt64LE();
      const uuid = Buffer.alloc(96);
      smi.uuid(h, uuid, 96);
      const value = Buffer.alloc(40);
      value.writeUInt32LE(186);
      const instant = smi.fields(h, 1, value) === 0 && value.readUInt32LE(28) === 0;
      const watts = Buffer.alloc(4);
      const drawn = smi.power(h, watts) === 0;
      const cells: Readonly<Record<string, string>> = {
        index: String(index),
        uuid: uuid.toString('utf8', 0, uuid.indexOf(0)),
        name: 'NVIDIA Test GPU',
        'power.draw.instant': instant ? (value.readUInt32LE(32) / 1000).toFixed(2) : '[N/A]',
        'power.draw': drawn ? (watts.readUInt32LE() / 1000).toFixed(2) : '[N/A]',
        'utilization.gpu': '90',
        'enforced.power.limit': '700.00',
      };
      rows.push(fields.map((field) => cells[field] ?? '[N/A]').join(', '));
    }
    return { rows, code };
  }

  const fieldsOf = (args: readonly string[]): readonly string[] =>
    (args.find((arg) => arg.startsWith('--query-gpu='))?.slice('--query-gpu='.length) ?? '').split(',');

  function setClock(ms: number): void {
    nowMs = ms;
    setTime?.(nowMs);
  }

  const watched = (library: NativeLibrary): NativeLibrary => ({
    ...library,
    calling(on) {
      library.calling(on);
      calling += on ? 1 : -1;
      if (calling > 0) return;
      const ready = waiting;
      waiting = [];
      for (const resolve of ready) resolve();
    },
  });

  setClock(0);
  writeFileSync(scriptPath, '');
  // The program has a session of its own.
  smi.init();
  return {
    door: {
      nowMs: () => nowMs,
      async run(_program, args) {
        const none = { exitCode: 0, stdout: '', stderr: '', timedOut: false };
        if (args.some((arg) => arg.startsWith('--query-compute-apps'))) return none;
        const { rows, code } = printed(fieldsOf(args));
        return { ...none, exitCode: code, stdout: rows.map((row) => `${row}\n`).join('') };
      },
      stream(_program, args, on) {
        const everyMs = Number(args.find((arg) => arg.startsWith('--loop-ms='))?.slice('--loop-ms='.length));
        const loop: SmiLoop = { everyMs, fields: fieldsOf(args), dueMs: nowMs, line: on.line };
        loops.add(loop);
        return { stop: () => loops.delete(loop) };
      },
      findProgram: (candidates) => candidates[0] ?? null,
      readNew: () => '',
      append: () => undefined,
      openLibrary(names) {
        const loaded = native.open(names);
        return loaded.library === null ? loaded : { library: watched(loaded.library) };
      },
    },
    script(...lines) {
      process.env['PERJOULE_FAKE_NVML'] = scriptPath;
      writeFileSync(scriptPath, `${lines.join('\n')}\n`);
      setTime(nowMs);
    },
    nowMs: () => nowMs,
    calls: (name) => calls(name),
    advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const due = [...loops].sort((a, b) => a.dueMs - b.dueMs)[0];
        if (due === undefined || due.dueMs > endMs) break;
        setClock(due.dueMs);
        due.dueMs += due.everyMs;
        for (const row of printed(due.fields).rows) due.line(row);
      }
      setClock(endMs);
    },
    idle: () => (calling === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

/** What the stand-in calls a device that has no name of its own in the script. */
export const uuidOf = (index: number): string => `GPU-00000000-0000-0000-0000-00000000000${index}`;

export async function openNvml(
  machine: ComputedMachine,
  libraryPath: string,
  rateHz = 10,
): Promise<SourceSession> {
  const { session, status } = await createNvml([libraryPath]).open(machine.door, {
    rateHz,
    nvidiaSmiPath: null,
  });
  if (session === null) throw new Error(status.detail);
  return session;
}

/** Reads every `stepMs` of computed time, as the sampler does. */
export async function readFor(
  machine: ComputedMachine,
  source: { read(): readonly DeviceReading[] },
  ms: number,
  stepMs = 100,
): Promise<DeviceReading[]> {
  const readings: DeviceReading[] = [];
  for (let passed = 0; passed < ms; passed += stepMs) {
    machine.advance(stepMs);
    readings.push(...source.read());
    await machine.idle();
  }
  return readings;
}
