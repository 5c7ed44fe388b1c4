/** How opportunities and dismissals read in a list. Plain text, no editor types. */

import type { Dismissal, MeasuredOpportunity, Opportunity } from '../../contracts/opportunities.ts';
import { tracedClause, tracedFigure } from '../../contracts/traceText.ts';
import { formatEnergy, formatShare, formatWattHours } from '../../contracts/units.ts';

function measuredText({ verdict, energyJ, share, simulated }: MeasuredOpportunity): string {
  if (verdict === 'refuted') return simulated ? 'refuted, simulated' : 'refuted';
  return `${formatEnergy(energyJ)} ${simulated ? 'simulated ' : ''}(${formatShare(share)})`;
}

/** Why it is where it is in the list, in a word or a figure; empty for an ordinary mark. */
export function rankText(opportunity: Opportunity): string {
  const { standing } = opportunity;
  return evidenceText(opportunity) || (standing === 'marked' ? '' : standing);
}

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' · ');

const evidenceText = ({ measured, traced }: Opportunity): string =>
  joined(measured === null ? '' : measuredText(measured), traced === null ? '' : tracedFigure(traced));

/**
 * What stands behind the name: the figure or word that ranks it, then the place, as a narrow list cuts off what follows.
 * The icon tells simulated joules from real ones as well.
 */
export function opportunityDescription(opportunity: Opportunity, place: string): string {
  const { measured, traced } = opportunity;
  if (measured?.verdict !== 'confirmed') return joined(rankText(opportunity), place);
  const { energyJ, share, sharedBy, simulated } = measured;
  const figure = `${formatEnergy(energyJ)}${sharedBy > 1 ? ` for ${sharedBy}` : ''}`;
  const rest = `${formatShare(share)}${simulated ? ', simulated' : ''}`;
  return joined(figure, traced === null ? '' : tracedFigure(traced), place, rest);
}

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

const standingSentence: Readonly<Record<Opportunity['standing'], string>> = {
  marked: 'Marked in the editor.',
  preview: 'Not marked in the editor: the rule is in preview, how often it is right has not been shown yet.',
  unsure: 'Not marked in the editor: too much that matters could not be seen in the code.',
};

/** Label and value, in the order a tooltip shows them. */
export function opportunityFacts(
  opportunity: Opportunity,
  place: string,
): readonly (readonly [string, string])[] {
  const { standing, confidence, measured, traced, fixTitle } = opportunity;
  return [
    ['Place', place],
    ['Certainty', confidence],
    ...(measured === null ? [] : [['Measured', measuredFact(measured)] as const]),
    ...(traced === null ? [] : [['Traced', tracedClause(traced)] as const]),
    ['Shown', standingSentence[standing]],
    ...(fixTitle === null ? [] : [['Fix', fixTitle] as const]),
  ];
}

function measuredFact(measured: MeasuredOpportunity): string {
  const { verdict, energyJ, share, runName, simulated, sharedBy } = measured;
  const where = simulated ? ' on the simulated GPU' : '';
  if (verdict === 'refuted')
    return `refuted${where}: “${runName}” had steps enough to show this waste and did not`;
  const shared = sharedBy > 1 ? `, one figure for ${sharedBy} places` : '';
  return `${formatEnergy(energyJ)} (${formatWattHours(energyJ)})${where}, ${formatShare(share)} of “${runName}”${shared}`;
}

/** The whole, for a screen reader: the list is read without its icons. */
export function opportunityLabel(opportunity: Opportunity, place: string): string {
  const { rule, severity, standing, message } = opportunity;
  const kind = standing === 'marked' ? severity : `${standing}, not marked`;
  const evidence = evidenceText(opportunity);
  return `${rule}${evidence === '' ? '' : `, ${evidence}`}, ${kind}, ${place}. ${message}`;
}

export const functionText = (name: string): string => (name === '' ? 'outside functions' : `${name}()`);

/** What is hidden: one rule, or whatever a function has. */
export const dismissalTitle = ({ kind, rule }: Dismissal): string =>
  kind === 'intended' ? rule : 'All hints';

const kindText: Readonly<Record<Dismissal['kind'], string>> = {
  intended: 'intended',
  tinyData: 'tiny data',
};

/** `hides`: findings that it hides now, undefined while that is not known. */
export function dismissalDescription(dismissal: Dismissal, hides: number | undefined, file: string): string {
  const idle = hides === 0 ? 'hides nothing now' : '';
  return joined(functionText(dismissal.functionName), kindText[dismissal.kind], file, idle);
}

export function dismissalTooltip(dismissal: Dismissal, hides: number | undefined): string {
  const { kind, rule, functionName } = dismissal;
  const what = kind === 'intended' ? `${rule} is intended` : `the data is tiny (said of ${rule})`;
  const where = functionName === '' ? 'in the code outside functions' : `in ${functionName}()`;
  const until =
    kind === 'intended'
      ? 'It stays hidden until that code has changed a good deal.'
      : 'Hints stay hidden there until that code has changed a good deal, or a run measures that they cost something.';
  const now =
    hides === 0
      ? ' It hides nothing now: the code has changed, or there is nothing left to hide.'
      : hides === undefined
        ? ''
        : ` It hides ${counted(hides, 'hint')} now.`;
  return `You said that ${what} ${where}. ${until}${now}`;
}

/** What is said after a dismissal, beside the button that takes it back. */
export function dismissedMessage({ kind, rule, functionName }: Dismissal): string {
  const what = kind === 'intended' ? `"${rule}" is` : 'Hints are';
  const where = functionName === '' ? 'in the code outside functions' : `in ${functionName}()`;
  return `${what} hidden ${where} until that code has changed a good deal.`;
}
