/** The page that a name means: of a rule, of a kind of waste, or the one behind all. */

import { wastePageNamed } from '../contracts/teach.ts';
import { rulePage } from './explainRule.ts';
import { wastePage } from './explainWaste.ts';

/** @throws UsageError that names what there is */
export async function namedPage(name: string): Promise<string> {
  const waste = wastePageNamed(name);
  return waste === undefined ? rulePage(name) : (await wastePage(waste)).text;
}
