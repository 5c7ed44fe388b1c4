/** Reads Content-Length framed messages and refuses what is too long or malformed instead of buffering it. */

import type { Socket } from 'node:net';
import {
  AbstractMessageReader,
  type DataCallback,
  type Disposable,
  Disposable as Release,
} from 'vscode-jsonrpc/node';
import { maxMessageBytes } from '../../contracts/samplerProtocol.ts';

const headerEnd = Buffer.from('\r\n\r\n');
const longestHeader = 1024;

/**
 * The library's own reader would buffer any announced length. This one fires `onError` and destroys the socket
 * on the first message that is malformed or longer than `maxMessageBytes`: only that connection is lost.
 */
export class BoundedMessageReader extends AbstractMessageReader {
  readonly #socket: Socket;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Bytes of the body that is being read; undefined while a header is awaited. */
  #bodyBytes: number | undefined;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  override listen(callback: DataCallback): Disposable {
    const onData = (chunk: Buffer): void => {
      try {
        this.#take(chunk, callback);
      } catch (error) {
        this.fireError(error);
        this.#socket.destroy();
      }
    };
    this.#socket.on('data', onData);
    this.#socket.on('close', () => this.fireClose());
    this.#socket.on('error', (error) => this.fireError(error));
    return Release.create(() => this.#socket.off('data', onData));
  }

  #take(chunk: Buffer, callback: DataCallback): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    for (;;) {
      if (this.#bodyBytes === undefined) {
        const joined = this.#join();
        const end = joined.indexOf(headerEnd);
        if (end < 0) {
          if (joined.length > longestHeader) throw new Error('The message header is too long.');
          return;
        }
        if (end > longestHeader) throw new Error('The message header is too long.');
        this.#bodyBytes = contentLength(joined.toString('latin1', 0, end));
        this.#rest(joined, end + headerEnd.length);
      }
      if (this.#pendingBytes < this.#bodyBytes) return;
      const joined = this.#join();
      const body = joined.toString('utf8', 0, this.#bodyBytes);
      this.#rest(joined, this.#bodyBytes);
      this.#bodyBytes = undefined;
      const message: unknown = JSON.parse(body);
      if (
        typeof message !== 'object' ||
        message === null ||
        Array.isArray(message) ||
        !('jsonrpc' in message)
      )
        throw new Error('The message is not a JSON-RPC object.');
      callback({ ...message, jsonrpc: '2.0' });
    }
  }

  #join(): Buffer {
    const [only] = this.#pending;
    const joined = this.#pending.length === 1 && only !== undefined ? only : Buffer.concat(this.#pending);
    this.#pending = [joined];
    return joined;
  }

  #rest(joined: Buffer, from: number): void {
    const rest = joined.subarray(from);
    this.#pending = [rest];
    this.#pendingBytes = rest.length;
  }
}

function contentLength(header: string): number {
  const match = /^content-length: {0,8}(\d{1,10})$/im.exec(header);
  if (match === null) throw new Error('The message header has no Content-Length.');
  const length = Number(match[1]);
  if (length > maxMessageBytes) throw new Error(`A message of ${length} bytes is over the limit.`);
  return length;
}
