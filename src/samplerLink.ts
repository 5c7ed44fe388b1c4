import * as vscode from 'vscode';
import { gridZoneOf } from '../contracts/gridZone.ts';
import type {
  ClientNotifications,
  FollowParams,
  SamplerNotifications,
  SamplerRequests,
  StoreState,
} from '../contracts/samplerProtocol.ts';
import { isNewer, productVersion } from '../contracts/version.ts';
import { wallMeterSet } from '../contracts/wallEnergy.ts';
import type { RunFormat, SamplerClient, SamplerUnavailableError } from '../sampler/connect.ts';
import { ownSetting, setting } from './settings.ts';

export type LinkState = 'idle' | 'connecting' | 'connected' | 'failed' | 'untrusted';

/** Waits between attempts to reach a sampler that went away, in milliseconds; the last one repeats. */
const retryDelaysMs = [100, 500, 1_000, 3_000, 10_000, 30_000];
/** A sampler of another protocol ends once its runs have, and forgets who waits for that after ten seconds. */
const otherProtocolRetryMs = 3_000;
/** An older window leaves a newer one so much time to start the sampler that both are to share. */
const newerFirstMs = 5_000;

/**
 * This window's connection to the power sampler: started when first needed, found again when it goes away.
 * A sampler that died mid-run is replaced by a new one, which goes on with the run; what this window follows is told again.
 */
export class SamplerLink implements vscode.Disposable {
  readonly #extension: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #tag: string;
  readonly #stateChanged = new vscode.EventEmitter<LinkState>();
  readonly onDidChangeState = this.#stateChanged.event;
  readonly #emitters: {
    [Name in keyof SamplerNotifications]: vscode.EventEmitter<SamplerNotifications[Name]>;
  } = {
    runChanged: new vscode.EventEmitter(),
    runRemoved: new vscode.EventEmitter(),
    powerSweep: new vscode.EventEmitter(),
    live: new vscode.EventEmitter(),
    sourcesChanged: new vscode.EventEmitter(),
    storeChanged: new vscode.EventEmitter(),
    retiring: new vscode.EventEmitter(),
  };
  readonly #follows = new Map<string, FollowParams>();
  #connection: Promise<SamplerClient> | undefined;
  #open: SamplerClient | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Resolves when a newer window has had its time. */
  #newerFirst = Promise.resolve();
  #failures = 0;
  #disposed = false;
  state: LinkState = 'idle';
  /** Why the last attempt failed, for people. */
  failure = '';

  /** @param tag of everything that is started from this window */
  constructor(extension: vscode.ExtensionContext, log: vscode.LogOutputChannel, tag: string) {
    this.#tag = tag;
    this.#extension = extension;
    this.#log = log;
    extension.subscriptions.push(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        if (this.state === 'untrusted') void this.connect().catch(() => undefined);
      }),
    );
  }

  on<Name extends keyof SamplerNotifications>(
    name: Name,
    listener: (params: SamplerNotifications[Name]) => void,
  ): vscode.Disposable {
    return this.#emitters[name].event(listener);
  }

  /** How the connected sampler keeps runs, as it said at the start; null without one. */
  get store(): StoreState | null {
    return this.#open?.hello.store ?? null;
  }

  /** The open connection, made when there is none. Rejects with one sentence for people. */
  connect(): Promise<SamplerClient> {
    this.#connection ??= this.#start();
    return this.#connection;
  }

  async request<Name extends keyof SamplerRequests>(
    name: Name,
    params: SamplerRequests[Name]['params'],
  ): Promise<SamplerRequests[Name]['result']> {
    const connection = await this.connect();
    return connection.request(name, params);
  }

  /** The text of a run's file, piece by piece; null for a run that is not there any more. */
  async runDocument(runId: string, format: RunFormat): Promise<AsyncIterable<string> | null> {
    const { runDocument } = await import('../sampler/connect.ts');
    return runDocument(this, runId, format);
  }

  /** Sent only over a connection that is open: output of a program nobody follows is of no use. */
  notify<Name extends keyof ClientNotifications>(name: Name, params: ClientNotifications[Name]): void {
    this.#open?.notify(name, params);
  }

  async follow(params: FollowParams): Promise<void> {
    const tagged = { ...params, tag: this.#tag };
    this.#follows.set(params.followId, tagged);
    await this.request('follow', tagged);
  }

  async endFollow(followId: string, exitCode: number | null): Promise<void> {
    if (this.#follows.delete(followId)) await this.request('followEnd', { followId, exitCode });
  }

  /** Drops the connection, if any, and makes a new one now. */
  async restart(): Promise<void> {
    clearTimeout(this.#retry);
    this.#failures = 0;
    this.#open?.close();
    this.#open = undefined;
    this.#connection = undefined;
    await this.connect();
  }

  async #start(): Promise<SamplerClient> {
    if (!vscode.workspace.isTrusted) {
      this.#connection = undefined;
      this.#become('untrusted');
      throw new Error('Restricted Mode starts nothing: trust this workspace to record runs.');
    }
    this.#become('connecting');
    await this.#newerFirst;
    const runtime = setting('perjoule.sampler.nodePath');
    const wallMeter = wallMeterSet(
      ownSetting('perjoule.sampler.wallGain'),
      ownSetting('perjoule.sampler.wallOffsetW'),
    );
    const zoneText = ownSetting('perjoule.runs.gridZone')?.trim();
    // Text that names no zone, marked in the settings, takes none away that was named before.
    const gridZone = zoneText === '' ? null : (gridZoneOf(zoneText) ?? undefined);
    try {
      // Loaded with the first use: its protocol library is most of what a window's start would read.
      const { connectSampler } = await import('../sampler/connect.ts');
      const connection = await connectSampler({
        samplerPath: vscode.Uri.joinPath(this.#extension.extensionUri, 'dist', 'sampler.js').fsPath,
        ...(runtime === '' ? {} : { runtimePath: runtime }),
        client: { name: 'vscode', version: productVersion },
        reconnects: true,
        settings: {
          rateHz: setting('perjoule.sampler.rateHz'),
          nvidiaSmiPath: setting('perjoule.sampler.nvidiaSmiPath') || null,
          prometheusUrl: setting('perjoule.sampler.prometheusUrl') || null,
          storeLimitMiB: setting('perjoule.sampler.storeLimitMiB') || null,
          keepReadingsDays: setting('perjoule.sampler.keepReadingsDays') || null,
          ...(wallMeter === undefined ? {} : { wallMeter }),
          ...(gridZone === undefined ? {} : { gridZone }),
        },
      });
      if (this.#disposed) {
        connection.close();
        throw new Error('The window closed.');
      }
      this.#adopt(connection);
      await connection.request('subscribe', { live: true });
      for (const params of this.#follows.values()) await connection.request('follow', params);
      this.#failures = 0;
      this.#become('connected');
      return connection;
    } catch (error) {
      this.#connection = undefined;
      this.failure = error instanceof Error ? error.message : String(error);
      this.#log.error(`Power sampler: ${this.failure}`);
      if (!this.#disposed) {
        this.#become('failed');
        this.#retryLater(isOtherProtocol(error) ? otherProtocolRetryMs : undefined);
      }
      throw error;
    }
  }

  #adopt(connection: SamplerClient): void {
    this.#open = connection;
    const { hello } = connection;
    this.#log.info(`Power sampler ${hello.version}, process ${hello.pid}, runs kept: ${hello.store.kind}`);
    connection.on('runChanged', (params) => {
      if (params.run.state !== 'live') this.#letGo(params.followId);
      this.#emitters.runChanged.fire(params);
    });
    connection.on('runRemoved', (params) => this.#emitters.runRemoved.fire(params));
    connection.on('powerSweep', (params) => this.#emitters.powerSweep.fire(params));
    connection.on('live', (params) => this.#emitters.live.fire(params));
    connection.on('sourcesChanged', (params) => this.#emitters.sourcesChanged.fire(params));
    connection.on('storeChanged', (params) => this.#emitters.storeChanged.fire(params));
    let again: number | undefined;
    connection.on('retiring', (params) => {
      again = 0;
      if (isNewer(params.version, productVersion))
        this.#newerFirst = new Promise((resolve) => setTimeout(resolve, newerFirstMs));
      this.#emitters.retiring.fire(params);
    });
    connection.onClose(() => {
      if (this.#open !== connection) return;
      this.#open = undefined;
      this.#connection = undefined;
      if (this.#disposed) return;
      this.#log.warn('The connection to the power sampler closed; a new one is made.');
      this.#become('connecting');
      this.#retryLater(again);
    });
  }

  /** A process that was the run is over with it: its number may be another's when the connection is made again. */
  #letGo(followId: string | null): void {
    if (followId === null || this.#follows.get(followId)?.anchor !== 'process') return;
    this.endFollow(followId, null).catch((error: unknown) =>
      this.#log.warn(`The end of a run was not reported: ${String(error)}`),
    );
  }

  #retryLater(wanted?: number): void {
    const delay = wanted ?? retryDelaysMs[Math.min(this.#failures, retryDelaysMs.length - 1)] ?? 30_000;
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.connect().catch(() => undefined), delay);
  }

  #become(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.#stateChanged.fire(state);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#retry);
    this.#open?.close();
    this.#stateChanged.dispose();
    for (const emitter of Object.values(this.#emitters)) emitter.dispose();
  }
}

/** By its field: the class is in the client's bundle, which is loaded with its first use. */
const isOtherProtocol = (error: unknown): boolean =>
  (Object(error) as Partial<SamplerUnavailableError>).reason === 'otherProtocol';
