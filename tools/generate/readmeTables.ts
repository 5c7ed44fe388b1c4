import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandCategory, commands } from '../../contracts/commands.ts';
import { settings } from '../../contracts/settings.ts';
import { projectFolder } from '../projectFolder.ts';
import { between } from './between.ts';
import type { Generator } from './generator.ts';
import { ruleMetadata } from './ruleFolders.ts';

/** Tables between `<!-- name:begin -->` and `<!-- name:end -->`; the prose around them is by hand. */
export const readmeTables: Generator = {
  name: 'README tables',
  async outputs() {
    const rules = await ruleMetadata();
    const tables = {
      rules: table(
        ['rule', 'finds', 'severity', 'stage'],
        rules.map((rule) => [
          `[\`${rule.name}\`](docs/rules/${rule.name}.md)`,
          rule.summary,
          rule.severity,
          rule.stage,
        ]),
      ),
      commands: table(
        ['command', 'id'],
        Object.entries(commands)
          .filter(([, info]) => info.palette !== false)
          .map(([id, info]) => [`${commandCategory}: ${info.title}`, `\`${id}\``]),
      ),
      settings: table(
        ['setting', 'default', 'what it does'],
        Object.entries(settings).map(([id, info]) => [
          `\`${id}\``,
          `\`${JSON.stringify(info.default)}\``,
          info.markdownDescription,
        ]),
      ),
    };
    let readme = readFileSync(join(projectFolder, 'README.md'), 'utf8');
    for (const [name, lines] of Object.entries(tables)) readme = between(readme, 'README.md', name, lines);
    return new Map([['README.md', readme]]);
  },
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)];
}
