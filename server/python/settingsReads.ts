/** What comes of reading a file of settings that the code names: `yaml.safe_load(open(path))` and its like. */

import type { Interpreter } from './interpreter.ts';
import {
  handsSettings,
  keepsSettings,
  laysOver,
  omegaConf,
  readsSettings,
  saidOnCommandLine,
} from './knowledge/configurations.ts';
import type { Expr, FunctionDef } from './nodes.ts';
import type { Arguments } from './parameterBinding.ts';
import { composed } from './project/hydraSettings.ts';
import { laidOver } from './project/settingsFile.ts';
import { unknown, type Value, value } from './values.ts';

/** Undefined where the function reads no settings, or nobody knows which. */
export function settingsRead(machine: Interpreter, type: string, args: Arguments): Value | undefined {
  const [first] = args.values;
  if (readsSettings.test(type)) {
    const path = first === undefined ? undefined : pathOf(first).constant;
    const read = typeof path === 'string' ? machine.linker?.settings(path) : undefined;
    if (read?.kind !== 'dict') return undefined;
    const mapping = { ...read, type: omegaConf.test(type) ? 'omegaconf.DictConfig' : '' };
    // Another file may be named on the command line, which says other things.
    return first?.overridable === true ? { ...mapping, open: true, element: unknown } : mapping;
  }
  if (saidOnCommandLine.test(type)) return value('dict', { entries: new Map(), open: false });
  if (keepsSettings.test(type)) return first?.kind === 'dict' ? first : undefined;
  if (!laysOver.test(type) || args.open || !args.values.every(({ entries }) => entries !== undefined))
    return undefined;
  return args.values.reduce((below, above) => laidOver(below, above));
}

/** The path that a file was opened by, or a path itself, where the code says it. */
export function pathOf(v: Value | undefined): Pick<Value, 'constant' | 'overridable'> {
  const said = typeof v?.constant === 'string';
  return { constant: said ? v.constant : undefined, overridable: said && v.overridable };
}

/** `@hydra.main(config_path="conf", config_name="train")`: what the first parameter is. */
export function handedSettings(machine: Interpreter, fn: FunctionDef): Value | undefined {
  for (const decorator of fn.decorators) {
    if (decorator.kind !== 'Call' || machine.values.get(decorator.callee)?.type !== handsSettings) continue;
    const said = (keyword: string): string | undefined =>
      textOf(decorator.keywords.find(({ name }) => name === keyword)?.value);
    const [folder, name] = [said('config_path'), said('config_name')];
    if (folder === undefined || name === undefined) return undefined;
    const path = `${folder}/${name.replace(/\.ya?ml$/, '')}`;
    const found = composed(path, (part) => machine.linker?.settings(`${part}.yaml`));
    return found === undefined ? undefined : { ...found, type: 'omegaconf.DictConfig' };
  }
  return undefined;
}

const textOf = (expr: Expr | undefined): string | undefined =>
  expr?.kind === 'String' ? expr.value : undefined;
