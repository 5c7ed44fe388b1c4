import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WasteKind } from '../../contracts/waste.ts';
import { projectFolder } from '../projectFolder.ts';

export interface RuleFiles {
  readonly name: string;
  readonly family: string;
  /** Both relative to the project. */
  readonly code: string;
  readonly page: string;
}

/** A rule is two siblings of one name, `<name>.ts` and `<name>.md`; a file without a page is a part of a rule. */
export function ruleFolders(): readonly RuleFiles[] {
  const root = join('server', 'rules');
  return readdirSync(join(projectFolder, root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((family) =>
      readdirSync(join(projectFolder, root, family.name))
        .filter((file) => file.endsWith('.md'))
        .map((file) => file.slice(0, -'.md'.length))
        .map((name) => {
          const base = ['server', 'rules', family.name, name].join('/');
          return { name, family: family.name, code: `${base}.ts`, page: `${base}.md` };
        }),
    )
    .map((rule) => {
      if (!existsSync(join(projectFolder, rule.code)))
        throw new Error(`${rule.page} has no ${rule.code} beside it`);
      return rule;
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function ruleMetadata(): Promise<readonly RuleSummary[]> {
  return Promise.all(
    ruleFolders().map(async (files) => {
      const loaded: unknown = await import(join(projectFolder, files.code));
      const meta = metadataOf(loaded);
      if (meta?.name !== files.name || meta.family !== files.family) {
        throw new Error(`${files.code}: "rule.meta" must carry the name and family that its path says`);
      }
      return meta;
    }),
  );
}

/** What the tables and the settings show of a rule. */
export interface RuleSummary {
  readonly name: string;
  readonly family: string;
  readonly stage: string;
  readonly since: string;
  readonly severity: string;
  readonly summary: string;
  /** The kind of waste a run would show; null when none measures it yet. */
  readonly wasteKind: WasteKind | null;
}

function metadataOf(loaded: unknown): RuleSummary | undefined {
  if (typeof loaded !== 'object' || loaded === null || !('rule' in loaded)) return undefined;
  const { rule } = loaded as { rule: { meta: RuleSummary } };
  return rule.meta;
}
