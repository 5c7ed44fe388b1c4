import * as vscode from 'vscode';
import type { GpuHolder } from '../../contracts/samplerProtocol.ts';
import type { SamplerLink } from '../samplerLink.ts';
import { holderDescription } from './holderText.ts';

/** One row a process: it may hold several GPUs. */
function rows(holders: readonly GpuHolder[]): readonly (vscode.QuickPickItem & { holder: GpuHolder })[] {
  const first = holders.filter(({ pid }, at) => holders.findIndex((other) => other.pid === pid) === at);
  return first.map((holder) => {
    const all = holders.filter(({ pid }) => pid === holder.pid);
    const followed = holder.runId === null ? [] : ['a run already'];
    return {
      label: `${holder.name} (${holder.pid})`,
      description: [...all.map((one) => holderDescription(one, holders)), ...followed].join(' · '),
      detail: holder.command,
      holder,
    };
  });
}

/**
 * Makes a run of a process that somebody started elsewhere, from now on to its end.
 * @returns the run to show where the chosen process belongs to one already
 */
export async function followHolder(link: SamplerLink): Promise<string | null> {
  const items = rows(await link.request('gpuHolders', null));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      'No process of yours holds a GPU here, or no power source tells which do.',
    );
    return null;
  }
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Follow a Process That Holds a GPU',
    placeHolder: 'Its power and energy are recorded from now on to its end',
    matchOnDetail: true,
  });
  if (chosen === undefined || chosen.holder.runId !== null) return chosen?.holder.runId ?? null;
  const { pid, start } = chosen.holder;
  const labels = { command: '', cwd: '', origin: 'attach' } as const;
  await link.follow({ ...labels, followId: `attach-${pid}-${start}`, anchor: 'process', pid, start });
  return null;
}
