/**
 * The client's door to the sampler, for the extension host and the command line: connect to the one that runs, or
 * start it, and what both write of a run. Light on purpose: it is bundled into the extension host.
 */

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import type {
  ClientNotifications,
  HelloResult,
  SamplerNotifications,
  SamplerRequests,
  SamplerSettings,
} from '../contracts/samplerProtocol.ts';
import { samplerProtocolVersion } from '../contracts/samplerProtocol.ts';
import { isNewer } from '../contracts/version.ts';
import { createPeer } from './protocol/peer.ts';
import { readToken, type SamplerPlace, samplerPlace, UnsafeFolderError } from './protocol/socketPath.ts';

export { type RunFormat, runDocument } from './runFile/runDocument.ts';

export interface ConnectOptions {
  /** Path of the sampler's bundle (or of `sampler/main.ts`), used when none runs yet. */
  readonly samplerPath: string;
  /** Node binary that starts it; by default the one that runs this process. */
  readonly runtimePath?: string;
  readonly client: { readonly name: string; readonly version: string };
  readonly settings?: SamplerSettings | null;
  /** This client connects again when its sampler has ended: an older one may then hand over to its own. */
  readonly reconnects?: boolean;
  /** Environment that names the socket's folder and that a started sampler gets. */
  readonly environment?: NodeJS.ProcessEnv;
  /** How long to wait for a sampler to answer, in milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * `startFailed`: it could not be started or did not answer in time. `otherProtocol`: an older or newer sampler
 * still follows runs. `unsafeFolder`: the socket's folder is not the user's alone.
 */
export type UnavailableReason = 'startFailed' | 'otherProtocol' | 'unsafeFolder';

/** No sampler can be used now; `message` is one sentence for people. */
export class SamplerUnavailableError extends Error {
  override readonly name = 'SamplerUnavailableError';
  readonly reason: UnavailableReason;
  constructor(reason: UnavailableReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface SamplerClient {
  readonly hello: HelloResult;
  /** Rejects when the sampler answers with an error or the connection is gone. */
  request<Name extends keyof SamplerRequests>(
    name: Name,
    params: SamplerRequests[Name]['params'],
  ): Promise<SamplerRequests[Name]['result']>;
  /** Dropped silently when the connection is gone. */
  notify<Name extends keyof ClientNotifications>(name: Name, params: ClientNotifications[Name]): void;
  /** Returns the function that removes the handler. */
  on<Name extends keyof SamplerNotifications>(
    name: Name,
    handler: (params: SamplerNotifications[Name]) => void,
  ): () => void;
  /** Called once, when the connection has ended for whatever reason but `close`. */
  onClose(handler: () => void): void;
  close(): void;
}

/** The other side went away while we wrote to it, or before it answered: no answer of its own. */
const hungUp: ReadonlySet<number> = new Set([
  ErrorCodes.PendingResponseRejected,
  ErrorCodes.ConnectionInactive,
  ErrorCodes.MessageWriteError,
  ErrorCodes.MessageReadError,
]);

/**
 * Samplers by their paths that could not be started. An older one that handed over to such a one would be started again
 * by its own window, and hand over again, without end.
 */
const failedStarts = new Set<string>();

const firstRetryMs = 20;
const longestRetryMs = 200;

/**
 * Connects to this user's sampler and starts one when none runs.
 * @throws SamplerUnavailableError
 */
export async function connectSampler(options: ConnectOptions): Promise<SamplerClient> {
  const environment = options.environment ?? process.env;
  const place = findPlace(environment);
  const deadline = Date.now() + (options.timeoutMs ?? answerWithinMs);
  let child: Started | undefined;
  let crashes = 0;
  for (let waitMs = firstRetryMs; ; waitMs = Math.min(longestRetryMs, waitMs * 1.5)) {
    const socket = await tryConnect(place.address);
    // One that is just ending still accepts, and then hangs up.
    const client = socket === null ? null : await handshake(socket, options, place);
    if (client !== null) {
      if (client.hello.version === options.client.version) failedStarts.delete(options.samplerPath);
      return client;
    }
    child ??= start(options, environment, place);
    // Exit code 0 says that another starter won, or that the older one had not let go yet: both pass.
    if (child.exited === 0) child = undefined;
    // A driver's library that crashes it is left alone from the third start on.
    else if (child.exited === 'crashed' && ++crashes < mostCrashes) child = undefined;
    else if (child.exited !== undefined) throw failedStart(options, place, child.exited);
    if (Date.now() > deadline) throw failedStart(options, place, undefined);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/**
 * Connects only when a sampler already runs; null when none does.
 * @throws SamplerUnavailableError
 */
export async function connectRunningSampler(
  options: Omit<ConnectOptions, 'samplerPath' | 'runtimePath'>,
): Promise<SamplerClient | null> {
  const place = findPlace(options.environment ?? process.env);
  const socket = await tryConnect(place.address);
  return socket === null ? null : handshake(socket, options, place);
}

function findPlace(environment: NodeJS.ProcessEnv): SamplerPlace {
  try {
    return samplerPlace(environment);
  } catch (error) {
    if (error instanceof UnsafeFolderError) throw new SamplerUnavailableError('unsafeFolder', error.message);
    throw error;
  }
}

function tryConnect(address: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(null));
  });
}

/** A sampler that accepts and says nothing is treated as one that is not there. */
const answerWithinMs = 10_000;

const startLogName = 'start.log';
/**
 * The sampler makes some hundred kilobytes of short-lived objects a second. Left alone, the runtime gives them room for
 * 16 MB at a time twice over; with one it clears away less than once a second, in a third of a millisecond. To spread
 * that over four threads costs more for waking them. What is rare and large, a full collection, keeps its threads.
 */
const runtimeOptions = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=1',
  '--no-parallel-scavenge',
];
const mostCrashes = 3;

/** `exited`: its code, `crashed` by a signal, null when it could not be started, undefined while it lives. */
interface Started {
  readonly exited: number | 'crashed' | null | undefined;
}

function start(options: ConnectOptions, environment: NodeJS.ProcessEnv, place: SamplerPlace): Started {
  const inherited: NodeJS.ProcessEnv = { ...environment, ELECTRON_RUN_AS_NODE: '1' };
  // An editor's debugger puts itself into every Node process through this one.
  delete inherited['NODE_OPTIONS'];
  // Each thread would keep a heap of its own, a few megabytes that nobody uses.
  inherited['MALLOC_ARENA_MAX'] ??= '1';
  const log = openSync(join(place.folder, startLogName), 'a', 0o600);
  try {
    const child = spawn(options.runtimePath ?? process.execPath, [...runtimeOptions, options.samplerPath], {
      detached: true,
      stdio: ['ignore', 'ignore', log],
      env: inherited,
      cwd: place.folder,
      windowsHide: true,
    });
    child.unref();
    const state: { exited: Started['exited'] } = { exited: undefined };
    child.once('exit', (code, signal) => {
      state.exited = signal === null ? code : 'crashed';
    });
    child.once('error', () => {
      state.exited = null;
    });
    return state;
  } finally {
    closeSync(log);
  }
}

function failedStart(
  { samplerPath }: ConnectOptions,
  place: SamplerPlace,
  exited: Started['exited'],
): SamplerUnavailableError {
  failedStarts.add(samplerPath);
  return new SamplerUnavailableError('startFailed', startFailure(place, exited));
}

function startFailure(place: SamplerPlace, exited: Started['exited']): string {
  let lastLine = '';
  try {
    lastLine = readFileSync(join(place.folder, startLogName), 'utf8').trim().split('\n').at(-1) ?? '';
  } catch {
    // The log is only a help.
  }
  const how = exited === undefined ? 'did not answer in time' : 'could not be started';
  return `The power sampler ${how}${lastLine === '' ? '.' : `: ${lastLine}`}`;
}

const otherVersion = (version: string, own: string): string =>
  isNewer(version, own)
    ? `A newer power sampler (${version}) runs on this machine; reload the window to use that version here too.`
    : `A power sampler of another version (${version}) still follows runs; it ends by itself after them.`;

/** Null when the other side hung up before it answered. */
async function handshake(
  socket: Socket,
  options: Omit<ConnectOptions, 'samplerPath'> & Partial<Pick<ConnectOptions, 'samplerPath'>>,
  place: SamplerPlace,
): Promise<SamplerClient | null> {
  const peer = createPeer(socket);
  let closed = false;
  let closedByUs = false;
  const closeHandlers: (() => void)[] = [];
  socket.once('close', () => {
    closed = true;
    peer.dispose();
    if (!closedByUs) for (const handler of closeHandlers) handler();
  });
  peer.listen();
  const close = (): void => {
    closedByUs = true;
    socket.end();
  };
  let hello: HelloResult;
  try {
    const answer = peer.sendRequest<HelloResult>('hello', {
      protocol: samplerProtocolVersion,
      client: options.client,
      token: readToken(place),
      settings: options.settings ?? null,
      reconnects: options.reconnects === true,
      cannotStart: failedStarts.has(options.samplerPath ?? ''),
    });
    const silence = setTimeout(() => socket.destroy(), options.timeoutMs ?? answerWithinMs);
    hello = await answer.finally(() => clearTimeout(silence));
  } catch (error) {
    close();
    if (!(error instanceof ResponseError) || hungUp.has(error.code)) return null;
    throw new SamplerUnavailableError(
      'startFailed',
      `The power sampler refused the connection: ${error.message}`,
    );
  }
  if (hello.protocol !== samplerProtocolVersion) {
    close();
    throw new SamplerUnavailableError('otherProtocol', otherVersion(hello.version, options.client.version));
  }
  return {
    hello,
    request(name, params) {
      if (closed) return Promise.reject(new Error('The connection to the power sampler is closed.'));
      return peer.sendRequest(name, params);
    },
    notify(name, params) {
      if (!closed) peer.sendNotification(name, params).catch(() => undefined);
    },
    on(name, handler) {
      const registration = peer.onNotification(name, handler);
      return () => registration.dispose();
    },
    onClose(handler) {
      if (closed && !closedByUs) handler();
      else closeHandlers.push(handler);
    },
    close,
  };
}
