/** The rule that a word means, for who asks: an alias is the name that a rule had before. */

import { sameName } from '../../contracts/nearestName.ts';

export const ruleNamed = <Rule extends { readonly name: string; readonly aliases: readonly string[] }>(
  word: string,
  rules: readonly Rule[],
): Rule | undefined => rules.find(({ name, aliases }) => sameName(word, [name, ...aliases]) !== undefined);
