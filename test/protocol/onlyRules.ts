import { rules } from '../../server/rules/index.generated.ts';

/**
 * A `pyproject.toml` that silences every other rule: a test of what becomes of findings is not about which there are, and
 * goes on when a rule is added. The rules kept are as they are by themselves, a preview one off.
 */
export function onlyRules(...kept: readonly string[]): string {
  const others = rules.map(({ meta }) => meta.name).filter((name) => !kept.includes(name));
  return `[tool.perjoule]\nignore = ${JSON.stringify(others)}\n`;
}
