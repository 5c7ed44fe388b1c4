/** From an edit to its diagnostics, through the real language server over its protocol. */

import { pathToFileURL } from 'node:url';
import { createSeededRandom } from '../../insight/seededRandom.ts';
import { LanguageClient } from '../protocol/languageClient.ts';
import { longScript } from './pythonTree.ts';
import { usageOf } from './usage.ts';

export interface EditLatency {
  readonly lines: number;
  /** Milliseconds from sending each edit to having the answer. */
  readonly waits: readonly number[];
  /** The server's own processor time for one edit, mean of all, milliseconds. */
  readonly cpuMs: number;
}

const warmUp = 30;
const pieces = ['x', ' ', '\n', '# note\n', 'loss.item()', '    y = model(x)\n', '"', ')'];

/** `root`: a folder that holds the script by name only; nothing is written there. */
export async function editLatency(
  server: string,
  root: string,
  lines: number,
  edits: number,
): Promise<EditLatency> {
  const client = await LanguageClient.start(server);
  try {
    const uri = pathToFileURL(`${root}/edited${lines}.py`).href;
    const random = createSeededRandom(lines);
    await client.open(uri, longScript(lines, 3));
    await client.diagnostics(uri);
    const waits: number[] = [];
    let cpuFrom = 0;
    for (let i = 0; i < warmUp + edits; i++) {
      if (i === warmUp) cpuFrom = usageOf(client.process.pid ?? 0).cpuSeconds;
      const document = client.document(uri);
      const at = document.positionAt(Math.floor(random() * document.getText().length));
      const text = pieces[Math.floor(random() * pieces.length)] ?? 'x';
      const from = performance.now();
      await client.edit(uri, [{ range: { start: at, end: at }, text }]);
      await client.diagnostics(uri);
      if (i >= warmUp) waits.push(performance.now() - from);
      // Taken back, as one does: the script stays what it is.
      const end = document.positionAt(document.offsetAt(at) + text.length);
      await client.edit(uri, [{ range: { start: at, end }, text: '' }]);
      await client.diagnostics(uri);
    }
    // Each edit was taken back, which costs the same.
    const cpuMs = ((usageOf(client.process.pid ?? 0).cpuSeconds - cpuFrom) * 1000) / (2 * edits);
    return { lines, waits, cpuMs };
  } finally {
    client.process.kill();
  }
}
