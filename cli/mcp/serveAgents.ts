/** The server of `perjoule mcp`: the protocol, and which function answers which tool. */

import { setImmediate as turn } from 'node:timers/promises';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { agentError, agentText } from '../../contracts/agentAnswers.ts';
import { type AgentTool, agentToolNames, agentTools } from '../../contracts/agentTools.ts';
import { productVersion } from '../../contracts/version.ts';
import { UsageError } from '../usageError.ts';
import { explainRuleTool, listFindingsTool, previewFixTool } from './codeTools.ts';
import { compareRunsTool, listRunsTool, runReportTool, savingsTool } from './runTools.ts';
import type { ToolInput } from './toolInput.ts';

const answers: Readonly<Record<AgentTool, (input: ToolInput) => Promise<string>>> = {
  list_findings: listFindingsTool,
  explain_rule: explainRuleTool,
  preview_fix: previewFixTool,
  list_runs: listRunsTool,
  run_report: runReportTool,
  compare_runs: compareRunsTool,
  savings: savingsTool,
};

const isTool = (name: string): name is AgentTool => Object.hasOwn(answers, name);

interface Answer {
  readonly content: { readonly type: 'text'; readonly text: string }[];
  readonly isError?: boolean;
  readonly [other: string]: unknown;
}

/** An answer in words, also where something went wrong: a model can mend its call. */
async function answer(name: string, input: ToolInput): Promise<Answer> {
  try {
    if (!isTool(name)) throw new UsageError(`there is no tool "${name}"; list the tools.`);
    return { content: [{ type: 'text', text: agentText(name, await answers[name](input)) }] };
  } catch (error) {
    return { content: [{ type: 'text', text: agentError(error) }], isError: true };
  }
}

/** What was asked before the agent closed its side is answered still; a turn of the loop lets each answer be written. */
async function answeredAll(underWay: ReadonlySet<Promise<Answer>>): Promise<void> {
  await turn();
  while (underWay.size > 0) {
    await Promise.all(underWay);
    await turn();
  }
}

/** Resolves when the agent hangs up. */
export async function serveAgents(): Promise<void> {
  const server = new Server(
    { name: 'perjoule', version: productVersion },
    {
      capabilities: { tools: {} },
      instructions:
        'Finds code that wastes GPU energy and tells what recorded runs drew. Claim a saving only where compare_runs says "better", and say "simulated" where an answer does.',
    },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: agentToolNames.map((name) => {
      const { title, description, inputSchema } = agentTools[name];
      const { required, ...schema } = inputSchema;
      return {
        name,
        title,
        description,
        inputSchema: { ...schema, ...(required === undefined ? {} : { required: [...required] }) },
        annotations: { title, readOnlyHint: true, openWorldHint: false },
      };
    }),
  }));
  const underWay = new Set<Promise<Answer>>();
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const answered = answer(params.name, params.arguments ?? {});
    underWay.add(answered);
    void answered.finally(() => underWay.delete(answered));
    return answered;
  });
  const hungUp = new Promise<void>((resolve) => {
    server.onclose = resolve;
    process.stdin.once('end', () => void answeredAll(underWay).then(resolve));
  });
  await server.connect(new StdioServerTransport());
  await hungUp;
  await server.close();
}
