import { type CheckOptions, checkText, syntaxProblems } from './engine/check.ts';
import { ProjectChecker } from './engine/checkProject.ts';
import type { CheckedFile, Engine } from './lsp/engineDoor.ts';
import { loadParser } from './python/parser.ts';
import { rules } from './rules/index.generated.ts';
import { wasmFiles } from './wasmFiles.ts';

/** The checker as the editor and the command line use it: parser loaded, every rule registered. */
export async function loadEngine(): Promise<Engine> {
  const parser = await loadParser(await wasmFiles());
  return {
    rules: rules.map((rule) => rule.meta),
    check: ({ text, ...file }) =>
      checkText({ parser, path: file.path, text, rules, options: optionsOf(file) }),
    syntaxProblems: (text) => syntaxProblems(parser, text),
    project: (texts) => {
      const checker = new ProjectChecker(parser, texts, rules);
      return {
        check: (file) => checker.check(file.path, optionsOf(file)),
        sumUp: (path) => checker.sumUp(path),
        calls: (path, keep) => checker.calls(path, keep),
      };
    },
  };
}

function optionsOf({ root, disabled, assume, minConfidence }: Omit<CheckedFile, 'text'>): CheckOptions {
  return {
    ...(minConfidence === undefined ? {} : { minConfidence }),
    ...(root === undefined ? {} : { root }),
    ...(disabled === undefined ? {} : { disabled }),
    ...(assume === undefined ? {} : { assume }),
  };
}
