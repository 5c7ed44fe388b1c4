/** Numbers read from the GPU on every step only for the text of a progress bar. */

import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { readsReport } from './readsReport.ts';
import { recordedSteps } from './recordedReads.ts';

export const rule: Rule = {
  meta: {
    name: 'progress-bar-sync',
    aliases: [],
    family: 'host-device-sync',
    stage: 'preview',
    since: '0.1.0',
    severity: 'information',
    wasteKind: 'hostSync',
    summary: 'A number is read from the GPU on every step only for the text of a progress bar.',
    why: 'The processor hands the GPU work ahead of time; to show a number it must wait until all of that work is done, and the GPU then idles until new work arrives, on every step for a text that nobody reads that fast.',
    evidence:
      'As for reads that are logged, reported by others and not measured here: 1.18 times faster after removing 276 of 348 reads (fairchem#2193); less than 1 % where the GPU was busy anyway (LANfactory#120).',
    messages: {
      one: 'The host waits for the GPU {step} to show {what} in a progress bar; refresh its text every N steps.',
      many: 'The host waits for the GPU {count} times {step} to show {what} in a progress bar; refresh its text every N steps.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  for (const step of recordedSteps(program)) {
    const report = step.onlyShown ? readsReport(program, step) : undefined;
    if (report !== undefined) context.report(report);
  }
}
