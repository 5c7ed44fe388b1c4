/** What somebody does not want to hear of, by function. The editor remembers it and tells the whole list. */

import type { Dismissal, DismissalTarget } from '../../contracts/opportunities.ts';
import type { Finding, FunctionSpan } from '../engine/finding.ts';
import type { Analysis } from './analyses.ts';
import { documentPath } from './documentPath.ts';
import { functionPrint, isSameFunction } from './functionPrint.ts';
import { wholeText } from './sheets.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

function isDismissal(value: unknown): value is Dismissal {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Readonly<Record<string, unknown>>;
  return (
    (given['kind'] === 'intended' || given['kind'] === 'tinyData') &&
    [given['uri'], given['rule'], given['functionName']].every(isText) &&
    Array.isArray(given['print']) &&
    given['print'].every(isText)
  );
}

/** The functions of one analysis with their prints, each made once and only when asked for. */
class Functions {
  readonly #spans: readonly FunctionSpan[];
  readonly #text: string;
  readonly #prints = new Map<FunctionSpan | undefined, readonly string[]>();

  constructor(analysis: Analysis) {
    this.#spans = analysis.result.functions ?? [];
    this.#text = wholeText(analysis.sheets);
  }

  /** The innermost function around a place; undefined outside functions. */
  around(offset: number): FunctionSpan | undefined {
    return this.#spans.findLast(({ start, end }) => start <= offset && offset < end);
  }

  print(of: FunctionSpan | undefined): readonly string[] {
    const known = this.#prints.get(of);
    if (known !== undefined) return known;
    const print = functionPrint(of === undefined ? this.#outside() : this.#text.slice(of.start, of.end));
    this.#prints.set(of, print);
    return print;
  }

  #outside(): string {
    let text = '';
    let from = 0;
    for (const { start, end } of this.#spans) {
      // Functions within functions are passed already.
      if (start < from) continue;
      text += this.#text.slice(from, start);
      from = end;
    }
    return text + this.#text.slice(from);
  }
}

export class Dismissals {
  #byPath = new Map<string, readonly Dismissal[]>();
  #given = '[]';
  readonly #functions = new WeakMap<Analysis, Functions>();

  /** Takes the whole new list. False when nothing changed. */
  replace(params: unknown): boolean {
    const given =
      typeof params === 'object' && params !== null && 'dismissals' in params ? params.dismissals : [];
    const all = Array.isArray(given) ? given.filter(isDismissal) : [];
    const before = this.#given;
    this.#given = JSON.stringify(all);
    if (this.#given === before) return false;
    this.#byPath = new Map();
    for (const dismissal of all) {
      const path = documentPath(dismissal.uri);
      this.#byPath.set(path, [...(this.#byPath.get(path) ?? []), dismissal]);
    }
    return true;
  }

  /** The dismissal that a finding falls under, while its function is still the one that was spoken of. */
  of(analysis: Analysis, finding: Finding): Dismissal | undefined {
    const here = this.#byPath.get(analysis.path);
    if (here === undefined) return undefined;
    const functions = this.#functionsOf(analysis);
    const around = functions.around(finding.start);
    return here.find(
      ({ kind, rule, functionName, print }) =>
        (kind === 'tinyData' || rule === finding.rule) &&
        functionName === (around?.name ?? '') &&
        isSameFunction(print, functions.print(around)),
    );
  }

  /** What a dismissal of the finding would be remembered for. */
  target(analysis: Analysis, finding: Finding): DismissalTarget {
    const functions = this.#functionsOf(analysis);
    const around = functions.around(finding.start);
    return {
      uri: analysis.uri,
      rule: finding.rule,
      functionName: around?.name ?? '',
      print: functions.print(around),
    };
  }

  #functionsOf(analysis: Analysis): Functions {
    let functions = this.#functions.get(analysis);
    if (functions === undefined) {
      functions = new Functions(analysis);
      this.#functions.set(analysis, functions);
    }
    return functions;
  }
}
