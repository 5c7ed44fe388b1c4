/** Reads a profile, solves it and prints the frontier; notes for people go to the error stream. */

import { readFile } from 'node:fs/promises';
import { formatShare } from '../contracts/units.ts';
import { allHighest, type StragglerPlan, stragglerPlan } from '../insight/plan/pipeline/comparedPlans.ts';
import { frequencyPlan } from '../insight/plan/pipeline/frequencyPlan.ts';
import { PipelineFrontier } from '../insight/plan/pipeline/pipelineFrontier.ts';
import { pipelineModel } from '../insight/plan/pipeline/pipelineModel.ts';
import { frequencyPlanCsv, frontierCsv, planJson } from '../insight/plan/pipeline/planDocuments.ts';
import { PlanError } from '../insight/plan/pipeline/planError.ts';
import { planNotes } from '../insight/plan/pipeline/planNotes.ts';
import { parseStageProfile } from '../insight/plan/pipeline/stageProfile.ts';
import type { PlanPipelineOptions } from './plan.ts';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';
import { readerIsGone, writeOut } from './writeOut.ts';
import { refuseToReplace, writeWhole } from './writeWhole.ts';

/** @throws UsageError */
export async function planPipeline(path: string, options: PlanPipelineOptions): Promise<void> {
  if (options.plan !== undefined) await refuseToReplace(options.plan, options);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`the profile “${path}” cannot be read (${reason(error)}); name a CSV file.`);
  });
  try {
    await printPlan(text, options);
  } catch (error) {
    if (readerIsGone(error)) return;
    throw error instanceof PlanError ? new UsageError(error.message) : error;
  }
}

async function printPlan(text: string, options: PlanPipelineOptions): Promise<void> {
  const { stages, microbatches, blockingPower: blockingPowerW, unitTime: unitTimeS } = options;
  const profile = parseStageProfile(text);
  const model = pipelineModel(profile, { stages, microbatches, blockingPowerW, unitTimeS });
  const frontier = PipelineFrontier.solve(model.problem);
  const straggler =
    options.straggler === undefined ? null : stragglerPlan(frontier, allHighest(model), options.straggler);
  const plan = frequencyPlan(model, frontier, straggler?.point ?? frontier.fastest);
  if (options.plan !== undefined) await writeWhole(options.plan, [frequencyPlanCsv(plan)], options, '--plan');
  for (const text of planNotes(profile, model)) note(text);
  if (straggler !== null && options.format === 'csv') note(stragglerText(straggler));
  const json = options.format === 'json';
  await writeOut(
    process.stdout,
    json ? planJson({ model, frontier, straggler, plan }) : frontierCsv(frontier),
  );
}

const note = (text: string): void => {
  process.stderr.write(`perjoule: ${plain(text)}\n`);
};

const stragglerText = ({ factor, point, stragglerTimeS, savedShare }: StragglerPlan): string =>
  `beside a straggler of ${factor} × (${stragglerTimeS.toFixed(3)} s) the others take ${point.timeS.toFixed(3)} s ` +
  `and save ${formatShare(savedShare)} against all at the highest frequency (modelled).`;

const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
