/** What the page's plan needs of the sampler and of the person: the curve, the consent, the sweep. */

import * as vscode from 'vscode';
import { type PowerLimitState, type SizedRun, usualSweep } from '../../contracts/powerPlan.ts';
import type { HostMessage } from '../../contracts/viewProtocol.ts';
import type { RunModel } from '../runs/runModel.ts';
import type { SamplerLink } from '../samplerLink.ts';

const tryLimits = 'Try Limits';

export class PlanDesk {
  readonly #link: SamplerLink;
  readonly #model: RunModel;

  constructor(link: SamplerLink, model: RunModel) {
    this.#link = link;
    this.#model = model;
  }

  /** The plan of a run as the page takes it. */
  async plan(runId: string): Promise<HostMessage> {
    try {
      const warmUpSteps = usualSweep.warmUpSteps;
      const plan = await this.#link.request('powerPlan', { runIds: [runId], warmUpSteps });
      const live = this.#model.find(runId)?.state === 'live';
      const limits = live ? await this.#link.request('powerLimits', { runId }) : [];
      return { type: 'plan', plan, limits };
    } catch (error) {
      return { type: 'planFailed', runId, message: messageOf(error) };
    }
  }

  /** Energy per sample over runs of different batch sizes. */
  async batch(runId: string, runs: readonly SizedRun[]): Promise<HostMessage> {
    try {
      const plan = await this.#link.request('batchPlan', { runs });
      return { type: 'batchPlan', runId, plan, failure: null };
    } catch (error) {
      return { type: 'batchPlan', runId, plan: null, failure: messageOf(error) };
    }
  }

  /** Slack of each GPU of the run. */
  async balance(runId: string): Promise<HostMessage> {
    try {
      const plan = await this.#link.request('balancePlan', { runId });
      return { type: 'balancePlan', runId, plan, failure: null };
    } catch (error) {
      return { type: 'balancePlan', runId, plan: null, failure: messageOf(error) };
    }
  }

  /** Shows what will be set, asks, and begins; what comes of it arrives as `powerSweep`. */
  async sweep(runId: string): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      void vscode.window.showWarningMessage('Power limits are only changed in a trusted workspace.');
      return;
    }
    const states = await this.#link.request('powerLimits', { runId });
    const refusal = states.find((state) => state.refusal !== null)?.refusal;
    if (refusal) {
      void vscode.window.showWarningMessage([refusal.message, refusal.remedy].filter(Boolean).join(' '));
      return;
    }
    const detail = consentText(states);
    const answer = await vscode.window.showWarningMessage(
      'Change the power limit while this run trains?',
      { modal: true, detail },
      tryLimits,
    );
    if (answer !== tryLimits) return;
    try {
      await this.#link.request('startPowerSweep', { runId, options: usualSweep, agreed: true });
    } catch (error) {
      void vscode.window.showWarningMessage(messageOf(error));
    }
  }

  async stop(runId: string): Promise<void> {
    await this.#link.request('stopPowerSweep', { runId });
  }
}

/** What is set on which GPU, by which command, and that it is put back. */
export function consentText(states: readonly PowerLimitState[]): string {
  const gpus = states.map(({ index, name, range, command }) => {
    const how = command === null ? '' : `\n  ${command}`;
    return range === null
      ? `GPU ${index} ${name}`
      : `GPU ${index} ${name}: from ${range.mostW} W down to ${range.leastW} W in strides of ${usualSweep.strideW} W; now ${range.currentW} W.${how}`;
  });
  const { warmUpSteps, measuredSteps } = usualSweep;
  return `${gpus.join('\n')}\n\nEach limit is held for ${warmUpSteps} steps to settle and ${measuredSteps} that are measured. The limit of now is written down first and put back at the end, also after a crash.`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
