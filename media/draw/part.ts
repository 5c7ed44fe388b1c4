/** A part of the page: made once, then told of each state. */

import type { PageMessage } from '../../contracts/viewProtocol.ts';
import type { PageAction, PanelState } from '../state.ts';

export interface Part {
  readonly element: HTMLElement;
  update(state: PanelState): void;
}

export interface Doors {
  /** The newest state: keys can come faster than frames. */
  state(): PanelState;
  /** Changes the page's own state. */
  dispatch(action: PageAction): void;
  /** Asks the host. */
  send(message: PageMessage): void;
}
