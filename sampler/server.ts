/** The socket side: clients come and go, each with its own connection, follows and subscription. */

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { ErrorCodes, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import {
  type ClientNotifications,
  type HelloParams,
  type HelloResult,
  type SamplerNotifications,
  type SamplerRequests,
  samplerProtocolVersion,
} from '../contracts/samplerProtocol.ts';
import { isNewer, productVersion } from '../contracts/version.ts';
import { createPeer } from './protocol/peer.ts';

type Handlers = {
  readonly [Name in Exclude<keyof SamplerRequests, 'hello'>]: (
    params: SamplerRequests[Name]['params'],
    client: Client,
  ) => Promise<SamplerRequests[Name]['result']> | SamplerRequests[Name]['result'];
};

export interface Client {
  readonly followIds: Set<string>;
  live: boolean;
  /** Runs of which this client has had everything so far. */
  readonly hydrated: Set<string>;
  /** Its version, where it finds the next sampler by itself; null where it would be left without one. */
  reconnectsAs: string | null;
  send<Name extends keyof SamplerNotifications>(name: Name, params: SamplerNotifications[Name]): void;
}

export interface ServerParts {
  readonly handlers: Handlers;
  readonly onOutput: (params: ClientNotifications['output']) => void;
  readonly onHello: (params: HelloParams) => void;
  readonly onGone: (client: Client) => void;
  readonly store: () => HelloResult['store'];
  /** What a client must show; null where the folder's permissions protect the socket. */
  readonly probeFolder: string | null;
  readonly token: string | null;
}

/** A client that never says hello is cut off after this. */
const helloWithinMs = 5_000;
/** A newer client that speaks another protocol asks again within this, as long as it waits. */
const refusedCountsMs = 10_000;

/** Newer than no version. */
const noSuccessor = '';

export class SamplerServer {
  readonly #parts: ServerParts;
  readonly #clients = new Set<Client>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  /** The newer client that was told last that this is another protocol. */
  #refused: { readonly version: string; readonly atMs: number } | null = null;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  get clients(): ReadonlySet<Client> {
    return this.#clients;
  }

  /** The version that could take over from this one now without leaving a client alone; null where none waits. */
  get successor(): string | null {
    const versions = [...this.#clients].map(({ reconnectsAs }) => reconnectsAs);
    if (versions.includes(null)) return null;
    const waits = this.#refused !== null && performance.now() - this.#refused.atMs < refusedCountsMs;
    const newer = [...versions, waits ? this.#refused?.version : null].filter(
      (version) => typeof version === 'string' && isNewer(version, productVersion),
    );
    return newer[0] ?? null;
  }

  /** Listens at the address; a socket that a dead sampler left there is removed. Call with the lock held. */
  async listen(address: string): Promise<void> {
    if (process.platform !== 'win32') rmSync(address, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(address, () => resolve());
    });
    if (process.platform !== 'win32') chmodSync(address, 0o600);
  }

  broadcast<Name extends keyof SamplerNotifications>(name: Name, params: SamplerNotifications[Name]): void {
    for (const client of this.#clients) client.send(name, params);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const peer = createPeer(socket);
    const client: Client = {
      followIds: new Set(),
      live: false,
      hydrated: new Set(),
      reconnectsAs: null,
      send: (name, params) => {
        peer.sendNotification(name, params).catch(() => undefined);
      },
    };
    const timer = setTimeout(() => socket.destroy(), helloWithinMs);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
      if (this.#clients.delete(client)) this.#parts.onGone(client);
      peer.dispose();
    });
    peer.onRequest('hello', (params: HelloParams): HelloResult => {
      if (this.#parts.token !== null && params?.token !== this.#parts.token) {
        setImmediate(() => socket.destroy());
        throw new ResponseError(ErrorCodes.InvalidRequest, 'The token is not the one of this user.');
      }
      clearTimeout(timer);
      const result = {
        protocol: samplerProtocolVersion,
        version: productVersion,
        pid: process.pid,
        store: this.#parts.store(),
        probeFolder: this.#parts.probeFolder,
      };
      const named = params?.cannotStart === true ? noSuccessor : String(params?.client?.version);
      const reconnectsAs = params?.reconnects === true ? named : null;
      if (params?.protocol !== samplerProtocolVersion) {
        if (reconnectsAs !== null) this.#refused = { version: reconnectsAs, atMs: performance.now() };
        return result;
      }
      client.reconnectsAs = reconnectsAs;
      this.#clients.add(client);
      this.#parts.onHello(params);
      return result;
    });
    this.#addHandlers(peer, client);
    peer.listen();
  }

  #addHandlers(peer: MessageConnection, client: Client): void {
    const greeted = (): void => {
      if (!this.#clients.has(client)) throw new ResponseError(ErrorCodes.InvalidRequest, 'Say hello first.');
    };
    for (const name of Object.keys(this.#parts.handlers) as (keyof Handlers)[]) {
      const handler = this.#parts.handlers[name] as (params: unknown, from: Client) => unknown;
      peer.onRequest(name, async (params: unknown) => {
        greeted();
        try {
          return await handler(params, client);
        } catch (error) {
          if (error instanceof ResponseError) throw error;
          // In its own words: the library would put the name of the request before them.
          const message = error instanceof Error ? error.message : String(error);
          throw new ResponseError(ErrorCodes.InternalError, message);
        }
      });
    }
    peer.onNotification('output', (params: ClientNotifications['output']) => {
      if (this.#clients.has(client) && typeof params?.text === 'string') this.#parts.onOutput(params);
    });
  }
}
