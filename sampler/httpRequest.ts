/** One request to a server that a person named, or to a service of this machine behind a Unix socket. No redirects, no proxies of the environment, a limit on everything. */

import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:http';
import { createRequire } from 'node:module';
import type { HttpAnswer, HttpRequest } from './sources/source.ts';

const mostBytes = 32 * 2 ** 20;

/**
 * Most samplers never ask a server, so what does is loaded with the first question. And not by `import`: that looks at every
 * name which the module has, and one of them brings a second client of 14 MB.
 */
const load = createRequire(import.meta.url);
const requestFor = (url: string): typeof import('node:http').request =>
  url.startsWith('https:')
    ? (load('node:https') as typeof import('node:https')).request
    : (load('node:http') as typeof import('node:http')).request;

export const httpGet: HttpRequest = (...wanted) => ask('GET', ...wanted);
export const httpPost: HttpRequest = (...wanted) => ask('POST', ...wanted);

function ask(
  method: 'GET' | 'POST',
  url: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  socketPath?: string,
): Promise<HttpAnswer> {
  // A service that does not run is no reason to load anything.
  if (socketPath !== undefined && !existsSync(socketPath))
    return Promise.resolve({ failed: 'ENOENT', timedOut: false });
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const failed = (error: Error): void =>
      resolve(
        signal.aborted
          ? { failed: 'it took too long', timedOut: true }
          : { failed: (error as NodeJS.ErrnoException).code ?? error.message, timedOut: false },
      );
    const options: RequestOptions = {
      method,
      headers,
      signal,
      ...(socketPath === undefined ? {} : { socketPath }),
    };
    const request = requestFor(url)(url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > mostBytes) response.destroy(new Error('its answer is too long'));
        else chunks.push(chunk);
      });
      response.once('error', failed);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.once('error', failed);
    request.end();
  });
}
