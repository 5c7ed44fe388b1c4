/** `perjoule mcp`: tools for agents over standard input and output. */

import type { Command } from 'commander';

const help = `
Speaks the Model Context Protocol on standard input and output; an agent's settings name this command. The tools only
read: findings and pages of rules, a fix as a diff, recorded runs, their reports, comparisons and savings. Files are
read below the folder that it is started in, and nowhere else: what a link, an import or a pyproject.toml above
leads to is left out.
Exit status: 0 when the agent hangs up.`;

export function registerMcp(program: Command): void {
  program
    .command('mcp')
    .description('Offer findings, runs and comparisons to an agent (stdio).')
    .addHelpText('after', help)
    .action(async () => {
      const { serveAgents } = await import('./mcp/serveAgents.ts');
      await serveAgents();
    });
}
