/** The language server: `--node-ipc` under the editor, `--stdio` under anything else. No network, no other process. */

import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { loadEngine } from './loadEngine.ts';
import { dropCancelled } from './lsp/dropCancelled.ts';
import { serve } from './lsp/languageServer.ts';

// An editor that was killed closes the channel without a word; the library only polls for its process.
process.on('disconnect', () => process.exit(0));

serve(createConnection(ProposedFeatures.all, dropCancelled), loadEngine());
