/** What the sampler may ask about the processes of this machine; one implementation per operating system. */

import type { MainThreadWatch } from './mainThread.ts';

/** A process for good: the number alone is used again, number and start together are not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in the operating system's own unit, with the boot it belongs to. */
  readonly start: string;
}

export interface ProcessInfo extends ProcessIdentity {
  readonly parentPid: number;
  /** Session (terminal) of the process; 0 where the system does not tell. */
  readonly sessionId: number;
  /** How long the process has lived, milliseconds. */
  readonly ageMs: number;
}

export interface ProcessUsage {
  /** Processor time of all threads since the start, milliseconds. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Names that may be read from another process's environment. Nothing else of it is ever looked at. */
export const allowedVariables = [
  'PERJOULE_SIM',
  'PERJOULE_SIM_GPU',
  'PERJOULE_TAG',
  'CUDA_VISIBLE_DEVICES',
  'SLURM_JOB_ID',
] as const;
export type AllowedVariable = (typeof allowedVariables)[number];

export interface ProcessTable {
  /** False where processes cannot be followed at all; every other answer is then empty. */
  readonly supported: boolean;
  /** Takes note of new processes. Cheap enough to call several times a second. */
  refresh(): Promise<void>;
  /** Processes that were seen for the first time since this was asked last. */
  takeNewcomers(): readonly number[];
  /** Whether a process may have been started since the last `refresh`: cheap; false where only that one can tell. */
  mayHaveNew(): boolean;
  /** Asks the system now, also for a process that `refresh` has not seen yet; null when it is gone or a zombie. */
  look(pid: number): ProcessInfo | null;
  /** Processes seen by the last `refresh` whose parent (at birth) is this one. */
  childrenOf(pid: number): readonly number[];
  /** Processes seen by the last `refresh` that belong to this session. */
  inSession(sessionId: number): readonly number[];
  isAlive(identity: ProcessIdentity): boolean;
  /** Whether the process belongs to the user whose sampler this is. */
  isOwn(pid: number): boolean;
  argumentsOf(pid: number): readonly string[] | null;
  /** Path of the program that the process runs, links followed. */
  programOf(pid: number): string | null;
  workingFolderOf(pid: number): string | null;
  variablesOf(pid: number): Partial<Record<AllowedVariable, string>>;
  usageOf(pid: number): ProcessUsage | null;
  /** Null where threads cannot be looked at, or the process is gone. Close it. */
  watchMainThread(pid: number): MainThreadWatch | null;
  /** Whether the process has a GPU's device file open or its driver library mapped. */
  holdsGpu(pid: number): boolean;
}
