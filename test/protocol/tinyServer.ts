import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { dropCancelled } from '../../server/lsp/dropCancelled.ts';
import { serve } from '../../server/lsp/languageServer.ts';
import { TinyEngine } from './tinyEngine.ts';

process.on('disconnect', () => process.exit(0));
serve(createConnection(ProposedFeatures.all, dropCancelled), Promise.resolve(new TinyEngine()));
