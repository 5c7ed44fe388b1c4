/** Where a trace shows what a rule is about. Rules that are not here are about what a trace does not show. */

import type { WaitWay } from './waitSites.ts';

export const ruleWaits: ReadonlyMap<string, WaitWay> = new Map([
  ['sync-scalar-in-step', 'read'],
  ['progress-bar-sync', 'read'],
  ['grad-norm-python-item', 'read'],
  ['tensor-truth-test-in-step', 'read'],
  ['sync-per-element-loop', 'read'],
  ['device-to-host-copy-in-step', 'read'],
  ['device-roundtrip', 'read'],
  ['explicit-synchronize-in-loop', 'explicit'],
  ['transfer-blocking', 'upload'],
  ['host-scalar-upload-in-step', 'upload'],
  ['tensor-created-on-host', 'upload'],
  ['loop-invariant-transfer', 'upload'],
  ['loader-no-workers', 'loader'],
  ['loader-iterator-restarted', 'loader'],
]);

/** Its iterator works in the training process; with workers it is another. */
export const loaderWithoutWorkers = '_SingleProcessDataLoaderIter';
