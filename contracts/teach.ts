/** The pages that explain what a GPU does, by the kind of waste they are about. They lie in `docs/teach/` and ship. */

import { sameName } from './nearestName.ts';
import { type WasteKind, wasteKinds } from './waste.ts';

/** What a GPU does while code runs: the page behind all others, and that of what no kind measures. */
export const generalPage = 'what-a-gpu-does';

/** Name of the page, without its ending. */
export const teachPage = (kind: WasteKind | null): string =>
  kind === null ? generalPage : kind.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Names of the pages of all kinds. */
export const wastePages: readonly string[] = (Object.keys(wasteKinds) as WasteKind[]).map(teachPage);

/** The kind that a page is about; undefined for the page behind all and for one that is not there. */
export const kindOfPage = (page: string): WasteKind | undefined =>
  (Object.keys(wasteKinds) as WasteKind[]).find((kind) => teachPage(kind) === page);

/** The page that a word names, be it of a page or of a kind; undefined where there is none. */
export const wastePageNamed = (word: string): string | undefined =>
  sameName(word, [...wastePages, generalPage]);
