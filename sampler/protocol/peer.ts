/** JSON-RPC over one socket, the same on both sides. */

import type { Socket } from 'node:net';
import { createMessageConnection, type MessageConnection, SocketMessageWriter } from 'vscode-jsonrpc/node';
import { BoundedMessageReader } from './messageReader.ts';

/**
 * Wraps a connected socket; call `listen()` on the result once the handlers are set.
 * Errors of the transport end in `onClose`: a connection that failed is a connection that is gone.
 */
export function createPeer(socket: Socket): MessageConnection {
  const connection = createMessageConnection(
    new BoundedMessageReader(socket),
    new SocketMessageWriter(socket),
  );
  connection.onError(() => socket.destroy());
  return connection;
}
