/** Tools that answer about recorded runs. */

import { comparisonAnswer, runAnswer } from '../../contracts/agentAnswers.ts';
import type { SamplerClient } from '../../sampler/connect.ts';
import { findRun, runsSearched } from '../findRun.ts';
import { connect, requireStoreRuntime } from '../sampler.ts';
import { UsageError } from '../usageError.ts';
import { countInput, type ToolInput, textInput } from './toolInput.ts';

const listedRuns = 20;

/** A connection for each question: an agent that stays does not keep the sampler alive. */
async function asked<Value>(work: (client: SamplerClient) => Promise<Value>): Promise<Value> {
  requireStoreRuntime('mcp');
  const client = await connect();
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

export const listRunsTool = (input: ToolInput): Promise<string> =>
  asked(async (client) => {
    const limit = input['limit'] === undefined ? listedRuns : countInput(input, 'limit');
    return json((await client.request('listRuns', { limit: Math.min(limit, runsSearched) })).map(runAnswer));
  });

export const runReportTool = (input: ToolInput): Promise<string> =>
  asked(async (client) => {
    const word = textInput(input, 'run');
    const { runId } = findRun(await client.request('listRuns', { limit: runsSearched }), word);
    const written = await client.request('report', { runId, intensity: null });
    if (written === null) throw new UsageError(`run "${word}" was deleted meanwhile.`);
    return written.markdown;
  });

export const compareRunsTool = (input: ToolInput): Promise<string> =>
  asked(async (client) => {
    const runs = await client.request('listRuns', { limit: runsSearched });
    const baseline = findRun(runs, textInput(input, 'baseline'));
    const run = findRun(runs, textInput(input, 'run'));
    if (baseline.runId === run.runId) throw new UsageError(`both name run ${run.number}; name two runs.`);
    const ids = { baselineRunId: baseline.runId, runId: run.runId };
    return json(comparisonAnswer(await client.request('compare', ids)));
  });

export const savingsTool = (): Promise<string> =>
  asked(async (client) => (await client.request('savings', null)).markdown);
