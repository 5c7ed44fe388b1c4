/** Every file of a workspace looked at by the real language server, then one file changed on the disk. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { WorkspaceDiagnosticReport } from 'vscode-languageserver';
import { LanguageClient } from '../protocol/languageClient.ts';
import { usageOf } from './usage.ts';

export interface WorkspaceLook {
  /** Files with something to report. */
  readonly reported: number;
  /** The server's own processor time until the first answer, seconds. */
  readonly firstSeconds: number;
  /** The same from the change to the answer that tells of it, each. */
  readonly changeSeconds: readonly number[];
  readonly peakBytes: number;
}

/** `FileChangeType.Changed` of the protocol. */
const changed = 2;

/** `changes`: so many of the files with findings get a line at the top, one after the other. */
export async function workspaceLook(server: string, root: string, changes: number): Promise<WorkspaceLook> {
  const client = await LanguageClient.start(server, { scope: 'workspace' }, [pathToFileURL(root).href]);
  try {
    const usage = () => usageOf(client.process.pid ?? 0);
    const begin = usage().cpuSeconds;
    const known = new Map<string, string>();
    const ask = async (): Promise<number> => {
      const previousResultIds = [...known].map(([uri, value]) => ({ uri, value }));
      const { items }: WorkspaceDiagnosticReport = await client.connection.sendRequest(
        'workspace/diagnostic',
        { identifier: 'perjoule', previousResultIds },
      );
      for (const { uri, resultId } of items) known.set(uri, resultId ?? '');
      return items.length;
    };
    const reported = await ask();
    const firstSeconds = usage().cpuSeconds - begin;
    const changeSeconds: number[] = [];
    const withFindings = [...known.keys()].filter(
      (_, index) => index % Math.ceil(known.size / changes) === 0,
    );
    for (const uri of withFindings) {
      const from = usage().cpuSeconds;
      const path = fileURLToPath(uri);
      writeFileSync(path, `# note\n${readFileSync(path, 'utf8')}`);
      await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
        changes: [{ uri: uri, type: changed }],
      });
      await ask();
      changeSeconds.push(usage().cpuSeconds - from);
    }
    return { reported, firstSeconds, changeSeconds, peakBytes: usage().peakBytes };
  } finally {
    client.process.kill();
  }
}
