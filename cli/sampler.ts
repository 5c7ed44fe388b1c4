/** The command line's connection to the power sampler. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { productVersion } from '../contracts/version.ts';
import type { SamplerClient } from '../sampler/connect.ts';
import { UsageError } from './usageError.ts';

export { UsageError };

const neededNode = [22, 13] as const;

/** Only a clone brings a Node of its own. */
const isClone = existsSync(new URL('../tools/launch.mjs', import.meta.url));

/** @throws UsageError on a Node without the store's database */
export function requireStoreRuntime(command: string, version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > neededNode[0] || (major === neededNode[0] && minor >= neededNode[1])) return;
  const remedy = isClone ? `"npm run cli -- ${command}" brings one` : 'start it with a newer Node';
  throw new UsageError(
    `"perjoule ${command}" needs Node ${neededNode.join('.')} or later, and this is ${version}; ${remedy}.`,
  );
}

/** The bundle lies beside ours; from source it is the sampler's own main file. */
export function samplerPath(): string {
  const bundle = fileURLToPath(new URL('./sampler.js', import.meta.url));
  return existsSync(bundle) ? bundle : fileURLToPath(new URL('../sampler/main.ts', import.meta.url));
}

/** @throws SamplerUnavailableError when none can be reached or started */
export async function connect(): Promise<SamplerClient> {
  const { connectSampler } = await import('../sampler/connect.ts');
  return connectSampler({ samplerPath: samplerPath(), client: { name: 'cli', version: productVersion } });
}

/** Runs a command's work with a connection; prints a problem as one line and sets exit status 2. */
export async function withSampler(
  command: string,
  work: (client: SamplerClient) => Promise<void>,
): Promise<void> {
  let client: SamplerClient | undefined;
  try {
    requireStoreRuntime(command);
    client = await connect();
    await work(client);
  } catch (error) {
    process.stderr.write(`perjoule: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  } finally {
    client?.close();
  }
}
