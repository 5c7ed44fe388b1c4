/** Starts the command, hands its process to the sampler, and prints the figures when it has ended. */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import type { RunDetail } from '../contracts/runs.ts';
import type { SamplerClient } from '../sampler/connect.ts';
import { GrowingFile } from './growingFile.ts';
import { linesText } from './linesText.ts';
import { noStepsText } from './noStepsText.ts';
import { probedEnvironment } from './probe.ts';
import type { RunOptions } from './run.ts';
import { checkRunOptions, startFailure } from './runPreconditions.ts';
import { runSummaryJson, runSummaryText } from './runSummary.ts';
import { connect, requireStoreRuntime } from './sampler.ts';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';

const followId = `cli-${process.pid}`;
/** How long the figures may take after the command has ended. */
const endWithinMs = 5_000;
const notFound = 127;
const notExecutable = 126;

const say = (text: string): void => {
  process.stderr.write(`perjoule: ${text}\n`);
};

/** Ends the process as the command ended: the same exit status, or the same signal. */
export async function runMeasured(command: readonly string[], options: RunOptions): Promise<void> {
  let file: GrowingFile | null = null;
  try {
    requireStoreRuntime('run');
    if (!command[0])
      throw new UsageError('no command was named; write it after --, as in perjoule run -- python train.py.');
    await checkRunOptions(options, process.env);
    if (options.out !== undefined) file = new GrowingFile(options.out, options, say);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(plain(error.message));
    process.exitCode = 2;
    return;
  }
  const client = await connect().catch((error: unknown) => {
    // The user's work comes first: it runs, unmeasured.
    say(
      `${error instanceof Error ? error.message : String(error)} The command runs unmeasured.${nothingWritten(options)}`,
    );
    return null;
  });
  const [program = '', ...args] = command;
  // A terminal is handed over as it is; a file or pipe gets every byte through us, at once.
  const out = process.stdout.isTTY ? 'inherit' : 'pipe';
  const err = process.stderr.isTTY ? 'inherit' : 'pipe';
  const env = options.probe ? probedEnvironment(client?.hello.probeFolder ?? null, process.env) : process.env;
  if (options.probe && env === process.env)
    say('The probe is not available here; the command runs without it.');
  const child = spawn(program, args, { stdio: ['inherit', out, err], env });
  const ended = endOf(child);
  const stopForwarding = forwardSignals(child);
  // The request leaves before the first output can; both go the same way, in order.
  const followed =
    child.pid === undefined || client === null ? null : follow(client, child.pid, command, options, file);
  tee(child, client);
  const end = await ended;
  await followed;
  stopForwarding();
  if ('failure' in end) {
    say(`${await startFailure(program, end.failure)}${nothingWritten(options)}`);
    await file?.end();
    client?.close();
    process.exitCode = end.failure.code === 'ENOENT' ? notFound : notExecutable;
    return;
  }
  if (client !== null) {
    await report(client, end, options);
    await file?.end();
    client.close();
  } else await file?.end();
  if (end.signal !== null) killSelf(end.signal);
  else process.exitCode = end.code ?? 1;
}

type End =
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly failure: NodeJS.ErrnoException };

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', (failure) => resolve({ failure }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

async function follow(
  client: SamplerClient,
  pid: number,
  command: readonly string[],
  options: RunOptions,
  file: GrowingFile | null,
): Promise<void> {
  try {
    const { runId } = await client.request('follow', {
      followId,
      anchor: 'process',
      pid,
      command: command.map(quoted).join(' '),
      cwd: process.cwd(),
      origin: 'cli',
      ...(options.name === undefined ? {} : { name: options.name }),
    });
    if (runId !== null && options.check) tellFindings(client, runId);
    if (runId !== null) file?.follow(client, runId);
  } catch (error) {
    say(`The run is not measured: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The checker is loaded while the command already runs; without it the run only names no places. */
function tellFindings(client: SamplerClient, runId: string): void {
  let told = false;
  const tell = async (script: string | null): Promise<void> => {
    if (script === null || told) return;
    told = true;
    const { scriptFindings } = await import('./scriptFindings.ts');
    await client.request('setFindings', { runId, findings: await scriptFindings(script) });
  };
  const quietly = (script: string | null): void => void tell(script).catch(() => undefined);
  // A wrapper such as `bash train.sh` shows its script only once Python runs.
  client.on('runChanged', ({ run }) => {
    if (run.runId === runId) quietly(run.script);
  });
  void client.request('getRun', { runId }).then((run) => quietly(run?.script ?? null));
}

function tee(child: ChildProcess, client: SamplerClient | null): void {
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    if (from === null) continue;
    const decoder = new StringDecoder('utf8');
    from.on('data', (chunk: Buffer) => {
      // Back-pressure reaches the command as it would without us.
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
      client?.notify('output', { followId, text: decoder.write(chunk) });
    });
    // The reader of our output may leave early (`| head`): the command then gets the same signal as usual.
    to.on('error', () => from.destroy());
  }
}

/** Passes signals on; returns the function that stops it. */
function forwardSignals(child: ChildProcess): () => void {
  const names: readonly NodeJS.Signals[] =
    process.platform === 'win32'
      ? ['SIGINT', 'SIGTERM']
      : ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];
  const hasTerminal = hasControllingTerminal();
  const handlers = names.map((name) => {
    const handler = (): void => {
      // A terminal sends these to the command itself; twice would mean "stop at once" to many programs.
      const fromTerminal = (name === 'SIGINT' || name === 'SIGQUIT') && hasTerminal;
      if (!fromTerminal) child.kill(name);
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}

/** Also where input and output are redirected: the terminal's Ctrl-C goes to the whole group. */
function hasControllingTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return process.stdin.isTTY;
  }
}

/** Only a run that was measured replaces a file: what is missing otherwise is said, as an older one may lie there. */
function nothingWritten({ summary, out, force }: RunOptions): string {
  const files = [summary, out].filter((path) => path !== undefined);
  if (files.length === 0) return '';
  const old = force === true ? '; what was there before is still there' : '';
  return plain(` Nothing was written to ${files.join(' and ')}${old}.`);
}

async function report(
  client: SamplerClient,
  end: { readonly code: number | null; readonly signal: NodeJS.Signals | null },
  options: RunOptions,
): Promise<void> {
  try {
    const run = await finishedRun(client, end.code ?? 128 + signalNumber(end.signal));
    if (run === null) {
      say(
        `The command ended before it could be measured; one that runs longer will be.${nothingWritten(options)}`,
      );
      return;
    }
    process.stderr.write(`\n${runSummaryText(run)}`);
    if (options.probe) process.stderr.write(linesText(run));
    if (run.state === 'live') say('A process of the run still lives; these are the figures so far.');
    if (options.summary !== undefined) await writeSummary(options.summary, run);
    const outputRead = !process.stdout.isTTY || !process.stderr.isTTY;
    const noSteps = noStepsText(run, { probe: options.probe, outputRead });
    if (noSteps !== null) say(noSteps);
  } catch (error) {
    say(`The figures are not available: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The path was judged before the start, but a disk may have filled up since. */
async function writeSummary(path: string, run: RunDetail): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(runSummaryJson(run), null, 2)}\n`);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    say(
      `the summary could not be written to “${path}” (${why}); "perjoule runs --format json" has the figures.`,
    );
  }
}

/** Tells the exit status and waits until the run has its final figures; null when there was no run. */
async function finishedRun(client: SamplerClient, exitCode: number): Promise<RunDetail | null> {
  const runId = (await client.request('follow', followAgain)).runId;
  if (runId === null) return null;
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, endWithinMs);
    client.on('runChanged', ({ run }) => {
      if (run.runId !== runId || run.state === 'live') return;
      clearTimeout(timer);
      resolve();
    });
  });
  await client.request('followEnd', { followId, exitCode });
  const now = await client.request('getRun', { runId });
  if (now?.state === 'live') await over;
  return client.request('getRun', { runId });
}

/** The second `follow` of an id only asks for its run. */
const followAgain = { followId, anchor: 'process', pid: 0, command: '', cwd: '', origin: 'cli' } as const;

const signalNumber = (signal: NodeJS.Signals | null): number =>
  signal === null ? 0 : (constants.signals[signal] ?? 0);

/** A shell above us sees the signal, as it would without us. */
function killSelf(signal: NodeJS.Signals): void {
  process.exitCode = 128 + signalNumber(signal);
  process.kill(process.pid, signal);
}
