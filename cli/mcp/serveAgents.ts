/** The server of `perjoule mcp`: the protocol, and which function answers which tool. */

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { type AgentTool, agentToolNames, agentTools } from '../../contracts/agentTools.ts';
import { productVersion } from '../../contracts/version.ts';
import { maskSecrets } from '../../sampler/maskSecrets.ts';
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
    // What an agent is told may leave the machine.
    return { content: [{ type: 'text', text: maskSecrets(await answers[name](input)) }] };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { content: [{ type: 'text', text: maskSecrets(text) }], isError: true };
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
  server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
    answer(params.name, params.arguments ?? {}),
  );
  const hungUp = new Promise<void>((resolve) => {
    server.onclose = resolve;
    process.stdin.once('end', resolve);
  });
  await server.connect(new StdioServerTransport());
  await hungUp;
  await server.close();
}
