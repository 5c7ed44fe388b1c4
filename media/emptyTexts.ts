/** Each state without a curve: what it is, and the one thing to do. */

import type { EmptyReason, PageCommand } from '../contracts/viewProtocol.ts';

export interface EmptyText {
  readonly title: string;
  /** Stands before the host's own detail. */
  readonly lines: readonly string[];
  readonly action: { readonly label: string; readonly command: PageCommand } | null;
  readonly second: { readonly label: string; readonly command: PageCommand } | null;
  /** Whether to list the power sources that were asked. */
  readonly listSources: boolean;
}

/** A GPU was found whose power this user may not read. */
export const noPermissionText: EmptyText = {
  title: 'The power of the GPU may not be read',
  lines: ['Hints in the editor work without it. What to ask for stands beside the source that refuses.'],
  action: { label: 'Run with Energy Profile', command: 'runWithProfile' },
  second: { label: 'Open settings', command: 'openSettings' },
  listSources: true,
};

export const emptyTexts: Readonly<Record<EmptyReason, EmptyText>> = {
  noRuns: {
    title: 'No run yet',
    lines: [
      'Run a Python script as you always do: type “python train.py” into a terminal, or use the button. Nothing in the script has to change. Its power, its joules and where they went appear here while it runs.',
    ],
    action: { label: 'Run with Energy Profile', command: 'runWithProfile' },
    second: null,
    listSources: true,
  },
  noGpu: {
    title: 'No GPU with a power reading found',
    lines: [
      'Hints in the editor work without one. To see the profile on this machine, run the demo on the simulated GPU; its figures are marked as simulated.',
    ],
    action: { label: 'Run with Energy Profile', command: 'runWithProfile' },
    second: { label: 'Open settings', command: 'openSettings' },
    listSources: true,
  },
  samplerFailed: {
    title: 'The power sampler does not answer',
    lines: ['Hints in the editor go on working. Runs that were recorded are safe.'],
    action: { label: 'Restart the sampler', command: 'restartSampler' },
    second: { label: 'Show log', command: 'showLog' },
    listSources: false,
  },
  untrusted: {
    title: 'This workspace is not trusted',
    lines: ['In Restricted Mode no program is started and nothing is measured. Hints in the editor work.'],
    action: { label: 'Manage workspace trust', command: 'manageTrust' },
    second: null,
    listSources: false,
  },
  starting: {
    title: 'Starting the power sampler…',
    lines: ['Looking for GPUs that report their power.'],
    action: null,
    second: null,
    listSources: false,
  },
};
