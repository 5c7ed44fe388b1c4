import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { teachPage } from '../../contracts/teach.ts';
import { type WasteKind, wasteKinds } from '../../contracts/waste.ts';
import { projectFolder } from '../projectFolder.ts';
import { between } from './between.ts';
import type { Generator } from './generator.ts';
import { ruleMetadata } from './ruleFolders.ts';

/** The hints that look for each kind of waste, on its page; the rest of the page is by hand. */
export const teachPages: Generator = {
  name: 'pages of waste',
  async outputs() {
    const rules = await ruleMetadata();
    return new Map(
      (Object.keys(wasteKinds) as WasteKind[]).map((kind) => {
        const file = `docs/teach/${teachPage(kind)}.md`;
        const lines = rules
          .filter(({ wasteKind }) => wasteKind === kind)
          .map(({ name, summary }) => `- [\`${name}\`](../rules/${name}.md): ${summary}`);
        const none = 'None yet: no hint in the editor looks for this kind; only a run shows it.';
        const text = readFileSync(join(projectFolder, file), 'utf8');
        const list = lines.length > 0 ? lines : [none];
        return [file, between(text, file, 'rules', [...list, ''])];
      }),
    );
  },
};
