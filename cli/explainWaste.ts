/** Prints the page of a kind of waste, or the one behind all. The pages lie in `docs/teach`, here and in the extension. */

import { readFile } from 'node:fs/promises';
import { kindOfPage } from '../contracts/teach.ts';
import { type WasteKind, wasteKinds } from '../contracts/waste.ts';
import type { ExplainOptions } from './explain.ts';

interface WastePage {
  readonly kind: WasteKind | null;
  /** Null where the pages do not lie beside the program. */
  readonly page: string | null;
  /** The page, or what is known without it. */
  readonly text: string;
}

/** `name`: of a page that there is. */
export async function wastePage(name: string): Promise<WastePage> {
  const kind = kindOfPage(name) ?? null;
  const file = await readFile(new URL(`../docs/teach/${name}.md`, import.meta.url), 'utf8').catch(() => null);
  // Marks for the generator say nothing to a reader.
  const page = file?.replaceAll(/<!--.*?-->\r?\n\r?\n/gs, '') ?? null;
  const words = kind === null ? 'The page does not lie beside the program.' : wasteKinds[kind].explanation;
  return { kind, page, text: page ?? `${words}\n` };
}

export async function explainWaste(name: string, options: ExplainOptions): Promise<void> {
  const { kind, page, text } = await wastePage(name);
  if (options.format === 'text') process.stdout.write(text);
  else process.stdout.write(`${JSON.stringify({ version: 1, name, kind, page }, null, 2)}\n`);
}
