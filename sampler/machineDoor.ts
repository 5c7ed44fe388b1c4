/** The real door of the power sources: this machine's clock, programs and files. */

import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { machineTime } from './clock.ts';
import { httpGet, httpPost } from './httpRequest.ts';
import { CrashGuard } from './native/crashGuard.ts';
import { createNativeLibraries } from './native/nativeLibraries.ts';
import type { CommandResult, LineStream, SourceDoor } from './sources/source.ts';
import { storeFolder } from './store/storePlace.ts';

/** Output beyond this is dropped: no query of ours prints as much. */
const longestOutput = 4 * 2 ** 20;
const longestLine = 64 * 1024;

/** Time a program gets between the polite and the hard signal. */
const killAfterMs = 500;

/** Programs that still run: none of them outlives the sampler, hung ones least of all. */
const children = new Set<ChildProcess>();

function keepTrackOf(child: ChildProcess): void {
  children.add(child);
  const forget = (): void => void children.delete(child);
  child.once('exit', forget);
  child.once('error', forget);
}

function run(program: string, args: readonly string[], timeoutMs: number): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    keepTrackOf(child);
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
      // A child in an uninterruptible driver call cannot be killed; it must not hold us up.
      finish(null);
    }, timeoutMs);
    const finish = (exitCode: number | null): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      resolve({ exitCode, stdout, stderr, timedOut });
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < longestOutput) stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < longestOutput) stderr += text;
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (exitCode) => finish(exitCode));
  });
}

function stream(
  program: string,
  args: readonly string[],
  on: { line(text: string): void; end(exitCode: number | null): void },
): LineStream {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
  keepTrackOf(child);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let ended = false;
  const end = (exitCode: number | null): void => {
    if (ended) return;
    ended = true;
    if (rest !== '') on.line(rest);
    on.end(exitCode);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    if (ended) return;
    const lines = (rest + decoder.write(chunk)).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) on.line(line);
  });
  child.once('error', () => end(null));
  child.once('close', (exitCode) => end(exitCode));
  return {
    stop() {
      ended = true;
      child.stdout.destroy();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      timer.unref();
      child.once('exit', () => clearTimeout(timer));
      child.unref();
    },
  };
}

function findProgram(candidates: readonly string[]): string | null {
  for (const candidate of candidates) {
    if (isAbsolute(candidate)) {
      if (isFile(candidate)) return candidate;
      continue;
    }
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      // An empty or relative entry means the working folder, which is nothing to take programs from.
      if (!isAbsolute(folder)) continue;
      const path = join(folder, candidate);
      if (isFile(path)) return path;
    }
  }
  return null;
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

interface OpenFile {
  readonly descriptor: number;
  readonly inode: number;
  position: number;
}

/** A door to this machine. `close` gives its descriptors back and ends the programs that still run. */
export function createMachineDoor(): SourceDoor & { close(): void } {
  const files = new Map<string, OpenFile>();
  const libraries = createNativeLibraries(new CrashGuard(storeFolder()));
  const buffer = Buffer.allocUnsafe(64 * 1024);

  /** The file as it stands now: one that was replaced or cut is read from its start. */
  function current(path: string): OpenFile {
    const open = files.get(path);
    const found = statSync(path);
    if (open !== undefined) {
      if (open.inode === found.ino && found.size >= open.position) return open;
      closeSync(open.descriptor);
      files.delete(path);
    }
    const fresh = { descriptor: openSync(path, 'r'), inode: found.ino, position: 0 };
    files.set(path, fresh);
    return fresh;
  }

  return {
    nowMs: () => machineTime.monotonicMs(),
    run,
    stream,
    findProgram,
    readNew(path) {
      try {
        const file = current(path);
        let text = '';
        for (;;) {
          const length = readSync(file.descriptor, buffer, 0, buffer.length, file.position);
          if (length === 0) return text;
          // Whole lines only: a line still being written, or half a character, waits for the next call.
          const whole = buffer.subarray(0, length).lastIndexOf(10) + 1;
          const taken = whole > 0 ? whole : length === buffer.length ? length : 0;
          if (taken === 0) return text;
          text += buffer.toString('utf8', 0, taken);
          file.position += taken;
        }
      } catch {
        return '';
      }
    },
    append(path, text) {
      appendFileSync(path, text);
    },
    openLibrary: (names) => libraries.open(names),
    httpGet,
    httpPost,
    close() {
      // The end of a process waits for its threads, and one that hangs in a driver never ends.
      if (libraries.stuck()) process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
      libraries.close();
      for (const child of children) child.kill('SIGKILL');
      for (const { descriptor } of files.values()) closeSync(descriptor);
      files.clear();
    },
  };
}
