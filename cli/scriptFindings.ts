/** What the checker says about a run's script, so that the run can name places. */

import type { StaticFinding } from '../contracts/findings.ts';
import { inRuns, isForRuns } from '../server/engine/confidence.ts';
import { assumptionsOf, effective, rulesOff } from '../server/engine/configuration.ts';
import { loadEngine } from '../server/loadEngine.ts';
import { ProjectFiles } from '../server/projectFiles.ts';
import { ProjectSources, slashed } from '../server/projectSources.ts';
import { readSource } from '../server/readSource.ts';

/** Empty for a file that cannot be read or has nothing to say. */
export async function scriptFindings(path: string): Promise<readonly StaticFinding[]> {
  const source = await readSource(path);
  if ('unreadable' in source) return [];
  const engine = await loadEngine();
  const settings = effective(engine.rules, await new ProjectFiles(engine.rules).layersFor(path));
  const disabled = rulesOff(settings);
  const assume = assumptionsOf(settings);
  const texts = new ProjectSources({
    text: (asked) => (asked === slashed(path) ? source.text : undefined),
    root: () => undefined,
    callers: () => [slashed(path)],
    frozen: true,
  });
  const file = { path, root: undefined, disabled, assume, minConfidence: 'possible' as const };
  const { findings } = engine.project?.(texts).check(file) ?? engine.check({ ...file, text: source.text });
  const starts = lineStarts(source.text);
  return findings.filter(isForRuns).map((finding) => ({
    rule: finding.rule,
    path,
    line: lineAt(starts, finding.start),
    endLine: lineAt(starts, finding.end),
    message: finding.message,
    severity: settings.rules.get(finding.rule)?.severity.value ?? finding.severity,
    confidence: inRuns(finding),
    regionHash: finding.regionHash,
    wasteKind: finding.wasteKind,
    fixTitle: finding.fixes[0]?.title ?? null,
  }));
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return starts;
}

/** Line from 1. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
