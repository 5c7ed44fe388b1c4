/** What a rule is: facts about itself, and one function from a program to reports. */

import type { Confidence, Severity } from '../../contracts/findings.ts';
import type { WasteKind } from '../../contracts/waste.ts';
import type { Program } from '../python/program.ts';
import type { Assumptions } from './configuration.ts';
import type { Fix, Related, Span } from './finding.ts';

export type RuleFamily =
  | 'host-device-sync'
  | 'data-pipeline'
  | 'precision'
  | 'memory'
  | 'kernel-launch'
  | 'compile'
  | 'distributed'
  | 'inference'
  | 'checkpoint-logging'
  | 'idle';

export interface RuleMetadata {
  /** Kebab-case and permanent; reads well after "allow". */
  readonly name: string;
  /** Former names, still understood in suppressions and settings. */
  readonly aliases: readonly string[];
  readonly family: RuleFamily;
  /** New rules start as preview; only stable ones are on by default. */
  readonly stage: 'preview' | 'stable' | 'deprecated';
  /** Version that first shipped it. */
  readonly since: string;
  /** What a finding carries before confidence and the file's role have their say. */
  readonly severity: Severity;
  /** The kind of waste a run would show; null when none measures it yet. */
  readonly wasteKind: WasteKind | null;
  /** What the rule finds, in one sentence. */
  readonly summary: string;
  /** Why it costs energy, for somebody who does not know what a GPU does. */
  readonly why: string;
  /** Where the expected saving comes from, or the words "not measured". */
  readonly evidence: string;
  /** One sentence each, ending in a full stop; `{name}` is filled in by the report, `{step}` by the engine. */
  readonly messages: Readonly<Record<string, string>>;
}

export interface Report extends Span {
  /** Key into the rule's messages. */
  readonly message: string;
  readonly data?: Readonly<Record<string, string | number>>;
  readonly confidence: Confidence;
  readonly confidenceInRuns?: Confidence;
  /** Instead of the rule's own. */
  readonly severity?: Severity;
  readonly fixes?: readonly Fix[];
  readonly related?: readonly Related[];
  /** The text that a measurement depends on. */
  readonly region: Span;
}

export interface RuleContext {
  readonly program: Program;
  readonly text: string;
  /** What the user says about the machine, where the code does not tell. */
  readonly assume: Assumptions;
  report(report: Report): void;
}

export interface Rule {
  readonly meta: RuleMetadata;
  /** Pure and synchronous. Whatever it throws loses only this rule in this file. */
  check(context: RuleContext): void;
}
