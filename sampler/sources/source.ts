/**
 * The one shape of a power source. A source sees only the door it is handed: it never touches the file system,
 * the clock or a child process by itself, so that a recorded transcript can stand in for the machine.
 */

import type { MissingReason, PowerSensing, Quality } from '../../contracts/provenance.ts';
import type { DeviceInfo } from '../../contracts/runs.ts';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';

/** What one device said at one time. A value that is not known is absent, never 0. */
export interface DeviceReading {
  readonly uuid: string;
  /** Monotonic clock of this machine, milliseconds. */
  readonly timeMs: number;
  readonly powerW?: number;
  /** Joules since some start; may reset. */
  readonly energyJ?: number;
  /** Share of the last update period in which some kernel ran, 0–1. */
  readonly utilization?: number;
  readonly memoryUsedBytes?: number;
  readonly powerLimitW?: number;
  readonly smClockMHz?: number;
  readonly temperatureC?: number;
  /** Mean of about the last second, where the device tells it beside an instant value. */
  readonly averagePowerW?: number;
  readonly memoryClockMHz?: number;
  /** 1 while clocks are held down to keep the power limit, else 0. */
  readonly powerCapped?: number;
  /** 1 while clocks are held down by heat, a power brake or another slowdown of the hardware, else 0. */
  readonly slowedDown?: number;
}

/** A process that holds a device. */
export interface DeviceProcess {
  readonly uuid: string;
  readonly pid: number;
  /** It only draws, like a desktop: it is always there and computes nothing. */
  readonly graphics?: boolean;
  /** It computes through an MPS server, which the driver may list as a process of its own. */
  readonly mpsClient?: boolean;
  /** The instance of a divided GPU (MIG) that it is in. */
  readonly instance?: DeviceInstance;
}

/** A part of a divided GPU (MIG). */
export interface DeviceInstance {
  readonly number: number;
  /** Multiprocessors that are its own; null when not told. */
  readonly size: number | null;
}

/** How much each process computed on a device lately, by pid: shares of an arbitrary whole. */
export type DeviceActivity = ReadonlyMap<number, number>;

export interface SourceDevice extends DeviceInfo {
  /** Quality of this device's power value. */
  readonly powerQuality: Quality;
  readonly hasEnergyCounter: boolean;
  /** The sensor's band as a share; null when unknown. */
  readonly band: number | null;
  /** How its power values are made, where that is known of the chip. */
  readonly sensing?: PowerSensing | null;
  /** A new value of the counter so often, milliseconds; absent: about ten times a second. */
  readonly counterPeriodMs?: number;
  /**
   * What it is when it is no GPU of this machine. Processors and memory belong to the machine and to no run; a GPU of
   * another machine belongs to a run whose job or pod holds it.
   */
  readonly kind?: 'cpu' | 'memory' | 'remote';
  /** Of a remote GPU: `job 4711`, `pod train-0`. */
  readonly holders?: readonly string[];
  /** Readings come so far apart, milliseconds, where the source sets the pace and not the sampler. */
  readonly readEveryMs?: number;
  /** Its power is that of everything on the machine: NVIDIA GPUs that are listed beside it are in it. */
  readonly wholeModule?: true;
  /** Its power is the counter's own difference, so that the one cannot be checked by the other. */
  readonly powerFromCounter?: boolean;
  /** Recorded from a simulated GPU: every number of it says so. */
  readonly simulated?: true;
}

/** A child process that goes on printing lines. */
export interface LineStream {
  stop(): void;
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/**
 * A function of a shared library, by its C prototype. Buffers are the caller's and used during the call only; the
 * result is the C return value.
 */
export interface NativeFunction {
  (...args: readonly unknown[]): number;
  /** The same on a thread of its own: for calls that may take seconds or never come back. */
  later(...args: readonly unknown[]): Promise<number>;
  /** As `later`, for what is called a hundred times a second: its promise would cost half as much as the call. */
  start(done: (result: number) => void, ...args: readonly unknown[]): void;
}

export interface NativeLibrary {
  readonly path: string;
  /** Null when the library lacks the function. */
  find(prototype: string): NativeFunction | null;
  /** Say so before the first call of a round and after the last: a death of the process in between is remembered. */
  calling(on: boolean): void;
  /** Not while a call is under way. */
  close(): void;
}

/** What a server answered, or why it did not. */
export type HttpAnswer =
  | { readonly status: number; readonly text: string }
  | { readonly failed: string; readonly timedOut: boolean };

export type HttpRequest = (
  url: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  socketPath?: string,
) => Promise<HttpAnswer>;

export type LibraryLoad =
  | { readonly library: NativeLibrary }
  | { readonly library: null; readonly reason: MissingReason; readonly detail: string };

/** Everything a source may do to the outside world. Programs are started without a shell. */
export interface SourceDoor {
  /** Monotonic clock, milliseconds; the same clock as the one Python calls `time.monotonic()` on Linux. */
  nowMs(): number;
  /** Runs a program to its end; never throws for a program that fails. Rejects only when it cannot be started. */
  run(program: string, args: readonly string[], timeoutMs: number): Promise<CommandResult>;
  stream(
    program: string,
    args: readonly string[],
    on: { line(text: string): void; end(exitCode: number | null): void },
  ): LineStream;
  /** First existing path of the candidates; a bare name is searched on PATH. */
  findProgram(candidates: readonly string[]): string | null;
  /** New text of a file since the last call with the same path; empty when there is none. */
  readNew(path: string): string;
  append(path: string, text: string): void;
  /** Opens the first of these shared libraries; a bare name is left to the system's loader. Absent where none can be. */
  openLibrary?(names: readonly string[]): LibraryLoad;
  /**
   * Asks a server; never throws. Absent where there is no network. Only for an address that a person has set, or with
   * the path of a Unix socket for a service of this machine.
   */
  httpGet?: HttpRequest;
  /** The same, to have something done; without a body. */
  httpPost?: HttpRequest;
}

export interface SourceSession {
  readonly devices: readonly SourceDevice[];
  /** Readings that arrived since the last call, oldest first. Synchronous and cheap. */
  read(): readonly DeviceReading[];
  /** Last known holders of the devices; null when the source cannot tell. */
  processes(): readonly DeviceProcess[] | null;
  /** Whether that list speaks for this device too; absent where it speaks for all of them or is null. */
  listsHolders?(uuid: string): boolean;
  /** Who computed on this device in the last seconds; null when nothing tells. */
  activity?(uuid: string): DeviceActivity | null;
  /** For a source that pushes readings: changes how often it does. A source that is read needs none. */
  setRate?(rateHz: number): void;
  /** Why one device of a session that goes on gives no readings now; null while it does. */
  deviceLost?(uuid: string): MissingReason | null;
  /** Set when the session has ended by itself. */
  lost(): { readonly reason: MissingReason; readonly detail: string } | null;
  close(): void;
}

export interface OpenOptions {
  readonly rateHz: number;
  readonly nvidiaSmiPath: string | null;
  /** Absent or null: no server is asked. */
  readonly prometheusUrl?: string | null;
}

export interface PowerSource {
  readonly id: string;
  readonly label: string;
  readonly simulated: boolean;
  /** Id of the source that reads the same devices better: this one is opened only while that one cannot be. */
  readonly standsInFor?: string;
  /**
   * It knows the devices by ids of its own. So it stands in only where the better sources have found none yet: a run would
   * hold one device twice, and the better one's counter goes on over the hole.
   */
  readonly ownIds?: true;
  /** Looks for devices; tells what was looked for when there are none. Never throws. */
  open(
    door: SourceDoor,
    options: OpenOptions,
  ): Promise<{ readonly status: SourceStatus; readonly session: SourceSession | null }>;
}
