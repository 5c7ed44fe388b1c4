import { rules } from '../server/rules/index.generated.ts';
import { ruleData, ruleDataVersion } from './ruleData.ts';
import type { RulesOptions } from './rules.ts';
import { table } from './terminalText.ts';

const heads = ['RULE', 'FAMILY', 'STAGE', 'SEVERITY', 'FINDS'];

/** Rules by name. */
export function listRules(options: RulesOptions): void {
  const sorted = rules.map(({ meta }) => meta).sort((a, b) => a.name.localeCompare(b.name, 'en'));
  if (options.format === 'json') {
    const data = { version: ruleDataVersion, rules: sorted.map(ruleData) };
    process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  const rows = sorted.map(({ name, family, stage, severity, summary }) => [
    name,
    family,
    stage,
    severity,
    summary,
  ]);
  process.stdout.write(`${table([heads, ...rows], ['left', 'left', 'left', 'left', 'left'])}\n`);
}
