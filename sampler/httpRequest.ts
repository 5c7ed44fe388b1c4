/** One request to a server that a person named, or to a service of this machine behind a Unix socket. No redirects, no proxies of the environment, a limit on everything. */

import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { HttpAnswer, HttpRequest } from './sources/source.ts';

const mostBytes = 32 * 2 ** 20;

export const httpGet: HttpRequest = (...wanted) => ask('GET', ...wanted);
export const httpPost: HttpRequest = (...wanted) => ask('POST', ...wanted);

function ask(
  method: 'GET' | 'POST',
  url: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  socketPath?: string,
): Promise<HttpAnswer> {
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
    const open = url.startsWith('https:') ? requestHttps : requestHttp;
    const request = open(url, options, (response) => {
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
