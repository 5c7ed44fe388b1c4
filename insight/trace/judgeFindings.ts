/** What a trace says of the findings of a run: that the line waits, that it ran and did not, or nothing. */

import type { StaticFinding } from '../../contracts/findings.ts';
import type { TraceFinding, TraceFrame, TraceVerdict } from '../../contracts/trace.ts';
import { formatShare } from '../../contracts/units.ts';
import { type EnclosingFunction, enclosingFunction } from './enclosingFunction.ts';
import { isFile } from './frames.ts';
import { loaderWithoutWorkers, ruleWaits } from './ruleWaits.ts';
import type { TraceFacts } from './traceSummary.ts';
import type { WaitSite, WaitWay } from './waitSites.ts';

/** A wait of less is not worth a change; between the two the trace shows one and does not decide. */
export const leastConfirmed = 0.01;
export const mostRetired = 0.001;
/** Fewer calls may be the warm ones. */
const leastCalls = 3;

export const gpuNotRecorded =
  'The trace was recorded without the GPU or without the calls to it, so that no wait for it shows: profile with ProfilerActivity.CUDA.';

type Judged = Omit<TraceFinding, 'rule' | 'path' | 'line' | 'regionHash'>;

/** Where in a trace a finding would show. */
interface Scope {
  readonly way: WaitWay;
  readonly covers: (frame: TraceFrame) => boolean;
  /** The same for findings that a trace cannot tell apart. */
  readonly key: string;
}

/** @param sources text of each file by its path; without it a finding is found again by its line alone */
export function judgeFindings(
  facts: TraceFacts,
  findings: readonly StaticFinding[],
  sources: ReadonlyMap<string, string>,
): TraceFinding[] {
  const scopes = findings.map((finding) => scopeOf(facts, finding, sources.get(finding.path)));
  return findings.map((finding, at) => {
    const { rule, path, line, regionHash } = finding;
    const scope = scopes[at];
    const others = scopes.filter((other, index) => index !== at && other?.key === scope?.key).length;
    return { rule, path, line, regionHash, ...judged(facts, finding, scope, others) };
  });
}

const open = (because: string): Judged => ({ verdict: 'open', share: null, seen: null, because });

function judged(
  facts: TraceFacts,
  { rule }: StaticFinding,
  scope: Scope | undefined,
  others: number,
): Judged {
  if (scope === undefined) return open('A profiler trace does not show what this rule is about.');
  if (facts.summary.stacks === 'none')
    return open('The trace has no Python stacks, which tell lines apart: profile with with_stack=True.');
  if (scope.way !== 'loader' && !facts.summary.gpuRecorded) return open(gpuNotRecorded);
  const sites = facts.sites.filter((site) => {
    const frame = facts.log.frames.get(site.frame);
    if (site.way !== scope.way || frame === null || !scope.covers(frame)) return false;
    return rule !== 'loader-no-workers' || site.what === loaderWithoutWorkers;
  });
  const times = sites.reduce((sum, site) => sum + site.times, 0);
  if (times === 0)
    return open('The trace does not show this line at work: it may lie outside the steps that were traced.');
  const waitMs = sites.reduce((sum, { waitUs }) => sum + waitUs, 0) / 1000;
  const share = waitMs / facts.summary.spanMs;
  const { text, within } = seenAt(facts, sites, times);
  const told = (verdict: TraceVerdict, what: string): Judged => ({
    verdict,
    share,
    seen: verdict === 'open' ? null : { waitMs, calls: times, within },
    because: `${what}, in ${text}.`,
  });
  if (others > 0) {
    const { because } = told('open', `The host waited for ${formatShare(share)} of the traced time`);
    return { verdict: 'open', share, seen: null, because: `${because} ${sharedText(others)}` };
  }
  if (share >= leastConfirmed)
    return told('confirmed', `The host waited here for ${formatShare(share)} of the traced time`);
  if (share < mostRetired && times >= leastCalls)
    return told('retired', 'The trace of this run shows no wait here');
  return told(
    'open',
    `The trace shows a wait of ${formatShare(share)} of its time here, too little to decide`,
  );
}

function scopeOf(
  { summary }: TraceFacts,
  finding: StaticFinding,
  source: string | undefined,
): Scope | undefined {
  const { rule, path, line, endLine } = finding;
  const way = ruleWaits.get(rule);
  if (way === undefined) return undefined;
  // A loader is made at one line and waited for at another.
  if (way === 'loader') return { way, covers: (frame) => isFile(frame.path, path), key: `${way} ${path}` };
  const onLine = (frame: TraceFrame): boolean => frame.line >= line && frame.line <= endLine;
  if (summary.stacks === 'lines' || source === undefined)
    return {
      way,
      covers: (frame) => isFile(frame.path, path) && onLine(frame),
      key: `${way} ${path} ${line}`,
    };
  const around = enclosingFunction(source, line);
  return {
    way,
    covers: (frame) =>
      isFile(frame.path, path) && (isInline(frame) ? onLine(frame) : isCallOf(frame, around)),
    key: `${way} ${path} in ${around.defLine}`,
  };
}

/** A function's frame is known by its first line. */
const isCallOf = (frame: TraceFrame, { name, firstLine, defLine }: EnclosingFunction): boolean =>
  frame.name.split('.').at(-1) === name && frame.line >= firstLine && frame.line <= defLine;

/** Has a frame of its own and no `def`: a comprehension, a lambda. */
const isInline = ({ name }: TraceFrame): boolean => /<(?:\w+comp|genexpr|lambda)>$/.test(name);

function seenAt(
  { summary, log }: TraceFacts,
  sites: readonly WaitSite[],
  times: number,
): { readonly text: string; readonly within: string | null } {
  const longest = sites.reduce((one, other) => (other.waitUs > one.waitUs ? other : one));
  const frame = log.frames.get(longest.frame);
  const calls = `${times} ${times === 1 ? 'call' : 'calls'} of ${longest.what}`;
  if (frame === null) return { text: calls, within: null };
  if (summary.stacks === 'lines') return { text: `${calls} at line ${frame.line}`, within: null };
  const within = frame.name === '<module>' ? 'the code outside functions' : frame.name;
  return { text: `${calls} in ${within}, whose lines the profiler does not tell apart`, within };
}

const sharedText = (others: number): string =>
  `${others === 1 ? 'Another finding stands' : `${others} other findings stand`} there: which of them waited cannot be decided.`;
