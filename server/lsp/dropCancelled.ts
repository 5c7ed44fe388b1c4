import { type ConnectionOptions, LSPErrorCodes, Message } from 'vscode-languageserver';

/**
 * Requests that were taken back while they waited behind a long analysis are answered without being worked on: an editor
 * asks again at every keystroke. The library leaves them in its queue unless it is told this.
 */
export const dropCancelled: ConnectionOptions = {
  connectionStrategy: {
    cancelUndispatched: (message) => {
      if (!Message.isRequest(message)) return undefined;
      const error = { code: LSPErrorCodes.RequestCancelled, message: 'Cancelled while it waited.' };
      return { jsonrpc: '2.0', id: message.id, error };
    },
  },
};
