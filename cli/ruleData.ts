/** A rule as `rules` and `explain` print it for programs. */

import type { RuleMetadata } from '../server/engine/rule.ts';

/** Raised when a field is renamed, removed or changes its meaning. */
export const ruleDataVersion = 1;

export const ruleData = (rule: RuleMetadata): object => ({
  name: rule.name,
  aliases: rule.aliases,
  family: rule.family,
  stage: rule.stage,
  since: rule.since,
  severity: rule.severity,
  wasteKind: rule.wasteKind,
  summary: rule.summary,
  why: rule.why,
  evidence: rule.evidence,
});
