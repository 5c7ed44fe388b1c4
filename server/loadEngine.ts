import { checkText } from './engine/check.ts';
import type { Engine } from './lsp/engineDoor.ts';
import { loadParser } from './python/parser.ts';
import { rules } from './rules/index.generated.ts';
import { wasmFiles } from './wasmFiles.ts';

/** The checker as the editor and the command line use it: parser loaded, every rule registered. */
export async function loadEngine(): Promise<Engine> {
  const parser = await loadParser(await wasmFiles());
  return {
    rules: rules.map((rule) => rule.meta),
    check: ({ path, text, root, disabled, assume }) =>
      checkText({
        parser,
        path,
        text,
        rules,
        options: {
          ...(root === undefined ? {} : { root }),
          ...(disabled === undefined ? {} : { disabled }),
          ...(assume === undefined ? {} : { assume }),
        },
      }),
  };
}
