/** The page's wiring: messages and gestures into the state, the state onto the page, at most once a frame. */

import { type HostMessage, type PageMessage, viewProtocolVersion } from '../contracts/viewProtocol.ts';
import { createPage } from './draw/page.ts';
import { readTheme, watchTheme } from './draw/theme.ts';
import { initialState, type PageAction, reduce } from './state.ts';
import { parseView } from './view.ts';

interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const vscode = acquireVsCodeApi();
const root = document.getElementById('perjoule-panel');
if (root !== null) start(root);

function start(panel: HTMLElement): void {
  let state = initialState(parseView(vscode.getState()));
  let theme = readTheme();
  let scheduled = false;
  const page = createPage(panel, {
    state: () => state,
    dispatch,
    send: (message) => vscode.postMessage(message),
  });

  function dispatch(action: HostMessage | PageAction): void {
    const before = state;
    state = reduce(state, action);
    if (state === before) return;
    if (state.view !== before.view) vscode.setState(state.view);
    schedule();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      page.update(state, theme);
    });
  }

  watchTheme(() => {
    theme = readTheme();
    schedule();
  });
  window.addEventListener('message', (event: MessageEvent<HostMessage | null>) => {
    const { data } = event;
    // Other windows of the editor may post here too.
    if (typeof data === 'object' && data !== null && 'type' in data) dispatch(data);
  });
  // The chart places its cursor by pixels.
  window.addEventListener('resize', schedule);
  schedule();
  vscode.postMessage({ type: 'ready', protocol: viewProtocolVersion });
}
