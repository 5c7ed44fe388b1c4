/** An explicit wait for the device on every step, with nothing measured. */

import { confidenceOf } from '../../engine/confidence.ts';
import { deletionFix } from '../../engine/deletionFix.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Call, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { deviceReads, givesWork } from './deviceReads.ts';

export const rule: Rule = {
  meta: {
    name: 'explicit-synchronize-in-loop',
    aliases: [],
    family: 'host-device-sync',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: 'hostSync',
    summary: 'The program waits for the GPU on every step with synchronize(), although nothing is measured.',
    why: 'The processor normally hands the GPU work ahead of time; synchronize() makes it stand still until the GPU has finished everything, and then the GPU idles until new work arrives.',
    evidence:
      "Reported by others: NVIDIA's Apex keeps such a call only where it prints (apex#316). How much it costs is not measured.",
    messages: {
      step: 'The host waits {step} until the GPU has finished all its work, although nothing is measured there; delete the call or read CUDA events later.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const reported = new Set<Node>();
  for (const region of program.regions) {
    const calls = region.visits.filter(
      (v, i) => !reported.has(v.node) && isWait(program, region, v) && !readsNext(program, region, i),
    );
    const first = calls[0];
    if (first === undefined) continue;
    for (const c of calls) reported.add(c.node);
    const doubts = (first.guard === 'flag' ? 1 : 0) + (program.cuda === 'yes' ? 0 : 1);
    context.report({
      start: first.node.start,
      end: first.node.end,
      message: 'step',
      confidence: confidenceOf(doubts),
      related: calls.slice(1).map((c) => ({
        start: c.node.start,
        end: c.node.end,
        message: 'The host waits here too, in the same step.',
      })),
      region: region.root,
      fixes: deletionFix(
        program,
        calls.map((c) => c.node),
        'Right as long as nobody outside this loop relies on the wait.',
      ),
    });
  }
}

const deviceWait =
  /^torch\.(cuda|accelerator)\.synchronize$|^torch\.cuda\.(current|default)_stream\.synchronize$/;
/** Clocks, CUDA events and the names that projects give to what holds them. */
const measures =
  /perf_counter|monotonic|\btime\.time\(|\btime\(\)|time_ns|default_timer|elapsed_time|Event\(|timeit|[Tt]imer\b|[Ss]topwatch|nvtx|profil|benchmark|throughput|latency/;
/** Another stream, or a copy to the host that does not wait: somebody has to before the host reads. */
const handsOver =
  /cpu[^\n]*non_blocking\s*=\s*True|\.copy_\([^\n]*non_blocking|cuda\.stream\(|wait_stream|wait_event|event\w*\.record\(|memcpy\w*_async/i;

function isWait(program: Program, region: StepRegion, { node, guard, within }: Visit): boolean {
  if (node.kind !== 'Call' || guard === 'cadence' || !waitsForDevice(program, node)) return false;
  // What is timed or handed over shows in the loop itself, or in the function that holds the call.
  const around = [program.textOf(region.root), ...(within === undefined ? [] : [program.textOf(within)])];
  return !around.some((text) => measures.test(text) || handsOver.test(text));
}

/** Whether a number is read before there is new work: without the call the wait would only move there. */
function readsNext(program: Program, region: StepRegion, at: number): boolean {
  const { guard } = region.visits[at] ?? {};
  for (const visit of region.visits.slice(at + 1)) {
    if (givesWork(program, visit)) return false;
    if (visit.guard === guard && deviceReads(program, visit).some((r) => r.device !== 'no')) return true;
  }
  return false;
}

function waitsForDevice(program: Program, call: Call): boolean {
  const callee = program.valueOf(call.callee);
  if (callee.kind === 'library' && deviceWait.test(callee.type)) return true;
  // `torch.cuda.current_stream().synchronize()`; any other stream or event is a hand-over.
  if (call.callee.kind !== 'Attribute' || call.callee.name !== 'synchronize') return false;
  const { object } = call.callee;
  return (
    object.kind === 'Call' &&
    /^torch\.(cuda|accelerator)\.(current|default)_stream$/.test(program.valueOf(object.callee).type)
  );
}
