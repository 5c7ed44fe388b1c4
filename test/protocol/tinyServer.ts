import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from '../../server/lsp/languageServer.ts';
import { TinyEngine } from './tinyEngine.ts';

process.on('disconnect', () => process.exit(0));
serve(createConnection(ProposedFeatures.all), Promise.resolve(new TinyEngine()));
