/** What clients asked to follow: a process that is a run, or a shell below which runs may appear. */

import type { FollowParams } from '../../contracts/samplerProtocol.ts';
import type { ProcessIdentity, ProcessInfo, ProcessTable } from '../processes/processTable.ts';
import type { PythonCommand } from '../processes/python.ts';
import type { GpuEvidence } from './gpuEvidence.ts';
import type { LiveRun } from './liveRun.ts';
import { ProcessTree } from './processTree.ts';

/** Output printed before the run was noticed. */
export interface EarlyOutput {
  readonly text: string;
  readonly timeMs: number;
}

export interface Follow {
  readonly params: FollowParams;
  /** A shell or program and its descendants; null for the other anchors. */
  readonly tree: ProcessTree | null;
  readonly shellSession: number;
  /** Processes to which a descendant that loses its parent is handed on: ancestors, but not who started their terminal. */
  readonly reapers: ReadonlySet<number>;
  /** Monotonic clock, milliseconds. */
  readonly openedMs: number;
  /** Runs that this follow opened, oldest first. */
  readonly runIds: string[];
  readonly earlyOutput: EarlyOutput[];
  ended: { readonly exitCode: number | null } | null;
  /** Since when no connected client owns it; null while one does. */
  orphanedMs: number | null;
}

/** A process that is to become a run. */
export interface Candidate {
  readonly root: ProcessIdentity;
  readonly python: PythonCommand | null;
}

const mostEarlyCharacters = 64 * 1024;
/** The terminal's start event may come late on a busy machine. */
export const startedBeforeMs = 10_000;

export function openFollow(params: FollowParams, table: ProcessTable, nowMs: number): Follow {
  const grows = params.anchor === 'shell' || params.anchor === 'program';
  const shell = grows ? table.look(params.pid) : null;
  return {
    params,
    tree: grows ? new ProcessTree(shell ?? { pid: params.pid, start: '' }) : null,
    // Only the leader of a session owns what else is in it.
    shellSession: shell !== null && shell.sessionId === shell.pid ? shell.sessionId : 0,
    reapers: reapersOf(params.pid, table),
    openedMs: nowMs,
    runIds: [],
    earlyOutput: [],
    ended: null,
    orphanedMs: null,
  };
}

/** What a terminal was started by has living children of its own, such as the shell of the next one: only those above it. */
function reapersOf(pid: number, table: ProcessTable): ReadonlySet<number> {
  const reapers = new Set([1]);
  const session = table.look(pid)?.sessionId;
  const parentOf = (child: number): ProcessInfo | null => {
    const parentPid = table.look(child)?.parentPid;
    return parentPid === undefined || parentPid < 1 ? null : table.look(parentPid);
  };
  let starter = parentOf(pid);
  while (starter !== null && starter.sessionId === session) starter = parentOf(starter.pid);
  for (
    let next = starter && parentOf(starter.pid);
    next !== null && !reapers.has(next.pid);
    next = parentOf(next.pid)
  )
    reapers.add(next.pid);
  return reapers;
}

/** No new child of the shell belongs to this command any more; what it already has stays. */
export function closeToNew(follow: Follow): void {
  follow.tree?.release(follow.params.pid);
}

export const isClosedToNew = (follow: Follow): boolean =>
  follow.tree?.members.has(follow.params.pid) === false;

/** Whether a process of the shell is young enough to be this command's, whose report may have come late. */
export function isOfNewCommand({ pid }: ProcessIdentity, table: ProcessTable): boolean {
  const ageMs = table.look(pid)?.ageMs;
  return ageMs !== undefined && ageMs <= startedBeforeMs;
}

/** Whether a process of this age, milliseconds, may have been started by the follow's command. */
export const mayBeOf = ({ openedMs }: Pick<Follow, 'openedMs'>, ageMs: number, nowMs: number): boolean =>
  ageMs <= nowMs - openedMs + startedBeforeMs;

export function keepEarlyOutput(follow: Follow, text: string, timeMs: number): void {
  follow.earlyOutput.push({ text, timeMs });
  let characters = follow.earlyOutput.reduce((sum, output) => sum + output.text.length, 0);
  while (characters > mostEarlyCharacters)
    characters -= follow.earlyOutput.shift()?.text.length ?? characters;
}

/** What was printed before the run was noticed is the run's. */
export function takeEarlyOutput(follow: Follow, run: Pick<LiveRun, 'addOutput'>): void {
  for (const { text, timeMs } of follow.earlyOutput.splice(0)) run.addOutput(text, timeMs);
}

export interface ShellScan {
  readonly candidates: readonly Candidate[];
  /** Whether a process came or went. */
  readonly changed: boolean;
}

/**
 * Brings the shell's descendants up to date and returns those that turned out to use a GPU.
 * @param owns whether the process belongs to a run already; such a one is never a candidate
 */
export function scanShell(
  follow: Follow,
  table: ProcessTable,
  evidence: GpuEvidence,
  listed: ReadonlySet<number>,
  nowMs: number,
  owns: (pid: number) => boolean,
): ShellScan {
  const { tree } = follow;
  if (tree === null) return { candidates: [], changed: false };
  const session =
    isClosedToNew(follow) || follow.shellSession === 0 ? [] : table.inSession(follow.shellSession);
  const { joined, left } = tree.update(
    table,
    session,
    ({ pid, ageMs }) => !owns(pid) && mayBeOf(follow, ageMs, nowMs),
  );
  for (const identity of left) evidence.forget(identity);
  const candidates: Candidate[] = [];
  for (const identity of tree.members.values()) {
    if (isAnchorShell(follow, identity.pid) || owns(identity.pid)) continue;
    if (candidates.some(({ root }) => root.pid === identity.pid)) continue;
    const python = evidence.python(identity);
    if (python === null || evidence.look(identity, nowMs, listed.has(identity.pid)) === null) continue;
    const root = topmostPython(identity, follow, tree, table, evidence);
    if (owns(root.pid) || candidates.some((candidate) => candidate.root.pid === root.pid)) continue;
    candidates.push({ root, python: evidence.python(root) });
  }
  return { candidates, changed: joined.length > 0 || left.length > 0 };
}

/** The shell is no part of what it started. */
const isAnchorShell = ({ params }: Follow, pid: number): boolean =>
  params.anchor === 'shell' && pid === params.pid;

/** A launcher and its children are one run: the highest Python process above this one, below the shell. */
function topmostPython(
  from: ProcessIdentity,
  follow: Follow,
  tree: ProcessTree,
  table: ProcessTable,
  evidence: GpuEvidence,
): ProcessIdentity {
  let root = from;
  const seen = new Set<number>();
  for (
    let pid = table.look(from.pid)?.parentPid;
    pid !== undefined && !seen.has(pid);
    pid = table.look(pid)?.parentPid
  ) {
    seen.add(pid);
    const parent = tree.members.get(pid);
    if (parent === undefined || isAnchorShell(follow, pid)) break;
    if (evidence.python(parent) !== null) root = parent;
  }
  return root;
}
