import { setFlagsFromString } from 'node:v8';

/**
 * For a server that goes through a whole workspace: most of what an analysis makes dies with it, and the engine of
 * JavaScript would rather ask for more memory than look what has died. 200 MB instead of 500 MB on 300,000 lines, for
 * about a third more processor time at the first look.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}
