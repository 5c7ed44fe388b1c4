// What the editor's side sends the page while a run lives: at most four messages a second, however often the GPU is read.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ExtensionContext, LogOutputChannel, WebviewView } from 'vscode';
import { type HostMessage, type PageMessage, viewProtocolVersion } from '../../contracts/viewProtocol.ts';
import type { PageActions } from '../../src/panel/profilePanel.ts';
import type { SamplerLink } from '../../src/samplerLink.ts';
import { makePlace, needsPython, pause, python, until } from './samplerHarness.ts';

/** What the panel's host needs of the editor to hold a page. */
const editor = `
export const Uri = { joinPath: () => ({ toString: () => '' }) };
export class EventEmitter {
  #listeners = new Set();
  event = (listener) => { this.#listeners.add(listener); return { dispose: () => this.#listeners.delete(listener) }; };
  fire = (value) => { for (const listener of this.#listeners) listener(value); };
  dispose() {}
}
export const workspace = {
  onDidChangeConfiguration: () => ({ dispose() {} }),
  getConfiguration: () => ({ get: (name, otherwise) => otherwise, inspect: () => undefined }),
};
`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(editor)}`, shortCircuit: true }
      : next(specifier, context),
});

test('a live run read ten times a second makes at most four messages a second to the page', {
  skip: needsPython,
}, async (context) => {
  const { ProfilePanel } = await import('../../src/panel/profilePanel.ts');
  const { RunModel } = await import('../../src/runs/runModel.ts');
  const place = makePlace(context);
  writeFileSync(join(place.folder, 'train.py'), 'import time\ntime.sleep(60)\n');
  const child = place.start(python ?? '', ['train.py']);
  place.fake.control({ powerW: 300, utilization: 60, pids: [child.pid] });
  const client = await place.connect({ rateHz: 10, nvidiaSmi: true });
  await client.request('subscribe', { live: true });

  const model = new RunModel();
  client.on('runChanged', ({ run }) => model.update(run));
  const link: Partial<SamplerLink> = {
    state: 'connected',
    store: client.hello.store,
    on: (name, listener) => ({ dispose: client.on(name, listener) }),
    onDidChangeState: () => ({ dispose: () => undefined }),
    request: client.request.bind(client),
  };
  const panel = new ProfilePanel(
    { extensionUri: {} } as ExtensionContext,
    link as SamplerLink,
    model,
    {} as PageActions,
    {} as LogOutputChannel,
  );
  const posted: { readonly message: HostMessage; readonly atMs: number }[] = [];
  let fromPage: (message: PageMessage) => void = () => undefined;
  const nothing = { dispose: () => undefined };
  panel.resolveWebviewView({
    visible: true,
    onDidChangeVisibility: () => nothing,
    onDidDispose: () => nothing,
    webview: {
      asWebviewUri: (uri: unknown) => uri,
      cspSource: '',
      onDidReceiveMessage: (listener: typeof fromPage) => {
        fromPage = listener;
        return nothing;
      },
      postMessage: async (message: HostMessage) => posted.push({ message, atMs: performance.now() }),
    },
  } as unknown as WebviewView);
  fromPage({ type: 'ready', protocol: viewProtocolVersion });

  const labels = { command: 'python train.py', cwd: place.folder, origin: 'attach', followId: 'a' } as const;
  await client.request('follow', { ...labels, anchor: 'process', pid: child.pid ?? 0 });
  await until('the live curve', () => posted.filter(({ message }) => message.type === 'live').length >= 4);
  const from = performance.now();
  await pause(6_000);
  const seconds = (performance.now() - from) / 1000;
  const counted = posted.filter(({ atMs }) => atMs >= from).map(({ message }) => message);
  const readings = counted.flatMap((message) =>
    message.type === 'live' ? message.update.block.timesMs : [],
  );
  const perSecond = counted.length / seconds;
  context.diagnostic(
    `${perSecond.toFixed(1)} messages a second: ${[...new Set(counted.map(({ type }) => type))].join(', ')}`,
  );
  assert.ok(perSecond <= 4, `${perSecond}`);
  // The readings themselves are not thinned out.
  assert.ok(readings.length / seconds > 6, `${readings.length} readings`);
  panel.dispose();
});
