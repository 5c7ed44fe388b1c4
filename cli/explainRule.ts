/** Prints the page of a rule; where the pages do not lie beside the program, what the rule says about itself. */

import { readFile } from 'node:fs/promises';
import { unknownName } from '../contracts/nearestName.ts';
import { generalPage, wastePages } from '../contracts/teach.ts';
import type { RuleMetadata } from '../server/engine/rule.ts';
import { ruleNamed } from '../server/engine/ruleNamed.ts';
import { rules } from '../server/rules/index.generated.ts';
import type { ExplainOptions } from './explain.ts';
import { ruleData, ruleDataVersion } from './ruleData.ts';
import { UsageError } from './usageError.ts';

/** The pages lie in `docs/rules`, in a checkout and in the installed extension alike. */
async function pageOf(rule: RuleMetadata): Promise<string | undefined> {
  const address = new URL(`../docs/rules/${rule.name}.md`, import.meta.url);
  const page = await readFile(address, 'utf8').catch(() => undefined);
  return page?.replace(/^<!--.*?-->\r?\n/s, '');
}

const ownWords = (rule: RuleMetadata): string =>
  `# ${rule.name}\n\n${rule.summary}\n\n${rule.why}\n\nEvidence: ${rule.evidence}\n`;

/** @throws UsageError that names what there is */
function ruleMeant(name: string): RuleMetadata {
  const known = rules.map(({ meta }) => meta);
  const rule = ruleNamed(name, known);
  if (rule !== undefined) return rule;
  const names = [...known.map((meta) => meta.name), ...wastePages, generalPage];
  throw new UsageError(unknownName('rule or kind of waste', name, names));
}

/** What is to be read of the rule. @throws UsageError when there is no such rule */
export async function rulePage(name: string): Promise<string> {
  const rule = ruleMeant(name);
  return (await pageOf(rule)) ?? ownWords(rule);
}

/** @throws UsageError when there is no such rule */
export async function explainRule(name: string, options: ExplainOptions): Promise<void> {
  if (options.format === 'text') process.stdout.write(await rulePage(name));
  else {
    const rule = ruleMeant(name);
    const data = { version: ruleDataVersion, ...ruleData(rule), page: (await pageOf(rule)) ?? null };
    process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  }
}
