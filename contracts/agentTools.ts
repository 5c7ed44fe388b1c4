/**
 * Tools for agents, once: `perjoule mcp` offers them over standard input and output, the editor to its language models.
 * All of them only read. What would write or run something is shown as a command, and is for a person to start.
 */

export interface AgentToolInfo {
  readonly title: string;
  /** For a model: when to use it and what comes back. */
  readonly description: string;
  /** How a person names it in a prompt of the editor. */
  readonly reference: string;
  readonly icon: string;
  /** JSON Schema of the input. */
  readonly inputSchema: {
    readonly type: 'object';
    readonly properties: Readonly<Record<string, { readonly type: string; readonly description: string }>>;
    readonly required?: readonly string[];
  };
}

const run = {
  type: 'string',
  description: 'Number or id of a recorded run, "last", or "last~1" for the one before it.',
} as const;
const inside = 'inside the working folder; absolute, or relative to it.';
const path = { type: 'string', description: `File or folder ${inside}` } as const;
const file = { type: 'string', description: `File ${inside}` } as const;

const toolTable = {
  list_findings: {
    title: 'List GPU energy findings',
    description:
      'Lists code in Python files that wastes GPU energy: rule, file, line, message, certainty, and whether there is a fix. It reads the files and runs nothing.',
    reference: 'perjouleFindings',
    icon: '$(zap)',
    inputSchema: { type: 'object', properties: { path } },
  },
  explain_rule: {
    title: 'Explain a rule or a kind of waste',
    description:
      'The page of one rule or one kind of waste: what it is, why that costs energy, what to do, when a rule stays silent.',
    reference: 'perjouleRule',
    icon: '$(book)',
    inputSchema: {
      type: 'object',
      properties: {
        rule: { type: 'string', description: 'Name of a rule, as in list_findings, or of a kind of waste.' },
      },
      required: ['rule'],
    },
  },
  preview_fix: {
    title: 'Preview a fix',
    description:
      'Shows the edit that would mend a finding, as a diff with its safety and caveat. Nothing is written; applying it is for a person to agree to.',
    reference: 'perjouleFix',
    icon: '$(diff)',
    inputSchema: {
      type: 'object',
      properties: {
        path: file,
        line: { type: 'integer', description: 'Line of the finding, from 1.' },
        rule: { type: 'string', description: 'Name of the rule; any finding of the line without it.' },
      },
      required: ['path', 'line'],
    },
  },
  list_runs: {
    title: 'List recorded runs',
    description:
      'Lists the recorded runs of this machine, newest first: energy, energy per step, time, share of idle, quality of the figures, and whether they are simulated.',
    reference: 'perjouleRuns',
    icon: '$(list-unordered)',
    inputSchema: {
      type: 'object',
      properties: { limit: { type: 'integer', description: 'How many at most; 20 without it.' } },
    },
  },
  run_report: {
    title: 'Report of a run',
    description:
      'Summary of one run in Markdown: energy and its quality, energy per step, where the joules went with places in the code, and the comparison with its pinned baseline.',
    reference: 'perjouleReport',
    icon: '$(notebook)',
    inputSchema: { type: 'object', properties: { run }, required: ['run'] },
  },
  compare_runs: {
    title: 'Compare two runs',
    description:
      'Energy per step of a run against a baseline, with a 95 % interval, the verdict, and why the comparison is weak. A saving is only one with the verdict "better".',
    reference: 'perjouleCompare',
    icon: '$(compare-changes)',
    inputSchema: { type: 'object', properties: { baseline: run, run }, required: ['baseline', 'run'] },
  },
  savings: {
    title: 'Savings proven so far',
    description:
      'What was proven to be saved against pinned baselines, beside what the same projects used, in Markdown. Simulated savings stand apart.',
    reference: 'perjouleSavings',
    icon: '$(graph)',
    inputSchema: { type: 'object', properties: {} },
  },
} as const satisfies Record<string, AgentToolInfo>;

export type AgentTool = keyof typeof toolTable;
export const agentTools: Readonly<Record<AgentTool, AgentToolInfo>> = toolTable;
export const agentToolNames = Object.keys(toolTable) as readonly AgentTool[];

/** How the editor knows it: names there are of all extensions. */
export const editorToolName = (tool: AgentTool): string => `perjoule_${tool}`;
