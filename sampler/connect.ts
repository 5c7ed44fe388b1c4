/**
 * The client's door to the sampler, for the extension host and the command line: connect to the one that runs, or
 * start it. Light on purpose: it is bundled into the extension host.
 */

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import type {
  ClientNotifications,
  HelloResult,
  SamplerNotifications,
  SamplerRequests,
  SamplerSettings,
} from '../contracts/samplerProtocol.ts';
import { samplerProtocolVersion } from '../contracts/samplerProtocol.ts';
import { createPeer } from './protocol/peer.ts';
import { readToken, type SamplerPlace, samplerPlace, UnsafeFolderError } from './protocol/socketPath.ts';

export interface ConnectOptions {
  /** Path of the sampler's bundle (or of `sampler/main.ts`), used when none runs yet. */
  readonly samplerPath: string;
  /** Node binary that starts it; by default the one that runs this process. */
  readonly runtimePath?: string;
  readonly client: { readonly name: string; readonly version: string };
  readonly settings?: SamplerSettings | null;
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

const firstRetryMs = 20;
const longestRetryMs = 200;

/**
 * Connects to this user's sampler and starts one when none runs.
 * @throws SamplerUnavailableError
 */
export async function connectSampler(options: ConnectOptions): Promise<SamplerClient> {
  const environment = options.environment ?? process.env;
  const place = findPlace(environment);
  const deadline = Date.now() + (options.timeoutMs ?? 10_000);
  let exited: number | null | undefined;
  let socket = await tryConnect(place.address);
  if (socket === null) {
    const child = start(options, environment, place);
    child.onExit((code) => {
      exited = code;
    });
    for (let waitMs = firstRetryMs; socket === null; waitMs = Math.min(longestRetryMs, waitMs * 1.5)) {
      // Exit code 0 says that another starter won: its socket is about to appear.
      if ((exited !== undefined && exited !== 0) || Date.now() > deadline)
        throw new SamplerUnavailableError('startFailed', startFailure(place, exited));
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      socket = await tryConnect(place.address);
    }
  }
  return handshake(socket, options, place);
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

const startLogName = 'start.log';

function start(
  options: ConnectOptions,
  environment: NodeJS.ProcessEnv,
  place: SamplerPlace,
): { onExit(handler: (code: number | null) => void): void } {
  const inherited: NodeJS.ProcessEnv = { ...environment, ELECTRON_RUN_AS_NODE: '1' };
  // An editor's debugger puts itself into every Node process through this one.
  delete inherited['NODE_OPTIONS'];
  const log = openSync(join(place.folder, startLogName), 'a', 0o600);
  try {
    const child = spawn(
      options.runtimePath ?? process.execPath,
      ['--disable-warning=ExperimentalWarning', options.samplerPath],
      {
        detached: true,
        stdio: ['ignore', 'ignore', log],
        env: inherited,
        cwd: place.folder,
        windowsHide: true,
      },
    );
    child.unref();
    return {
      onExit(handler) {
        child.once('exit', handler);
        child.once('error', () => handler(null));
      },
    };
  } finally {
    closeSync(log);
  }
}

function startFailure(place: SamplerPlace, exited: number | null | undefined): string {
  let lastLine = '';
  try {
    lastLine = readFileSync(join(place.folder, startLogName), 'utf8').trim().split('\n').at(-1) ?? '';
  } catch {
    // The log is only a help.
  }
  const how = exited === undefined ? 'did not answer in time' : 'could not be started';
  return `The power sampler ${how}${lastLine === '' ? '.' : `: ${lastLine}`}`;
}

async function handshake(
  socket: Socket,
  options: Omit<ConnectOptions, 'samplerPath'>,
  place: SamplerPlace,
): Promise<SamplerClient> {
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
    hello = await peer.sendRequest<HelloResult>('hello', {
      protocol: samplerProtocolVersion,
      client: options.client,
      token: readToken(place),
      settings: options.settings ?? null,
    });
  } catch (error) {
    close();
    const message = error instanceof Error ? error.message : String(error);
    throw new SamplerUnavailableError('startFailed', `The power sampler refused the connection: ${message}`);
  }
  if (hello.protocol !== samplerProtocolVersion) {
    close();
    throw new SamplerUnavailableError(
      'otherProtocol',
      `A power sampler of another version (${hello.version}) still follows runs; it ends by itself after them.`,
    );
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
