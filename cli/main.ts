#!/usr/bin/env node
/** The command line `perjoule`. Each command is loaded when it is asked for: `check` needs no sampler and no store. */

import { Command } from 'commander';
import { productVersion } from '../contracts/version.ts';
import { registerCheck } from './check.ts';
import { registerCompare } from './compare.ts';
import { registerConfig } from './config.ts';
import { registerExplain } from './explain.ts';
import { registerExport } from './export.ts';
import { registerImport } from './import.ts';
import { registerMcp } from './mcp.ts';
import { registerBaseline } from './pinBaseline.ts';
import { registerPlan } from './plan.ts';
import { registerRules } from './rules.ts';
import { registerRun } from './run.ts';
import { registerReport } from './runReport.ts';
import { registerRuns } from './runs.ts';
import { registerSample } from './sample.ts';
import { registerSavings } from './savings.ts';
import { registerSources } from './sources.ts';
import { registerTrace } from './trace.ts';
import { failureLine, parserFailureLine } from './usageError.ts';
import { letReadersGo } from './writeOut.ts';

/** Wrong usage names the help of the very command. */
function sendToHelp(command: Command, typed: string): void {
  command.configureOutput({ outputError: (text, write) => write(parserFailureLine(text, typed)) });
  for (const child of command.commands) sendToHelp(child, `${typed} ${child.name()}`);
}

const program = new Command('perjoule')
  .description('Work per joule: find the code that wastes GPU energy, measure what a run draws, prove a fix.')
  .version(productVersion)
  .enablePositionalOptions()
  // Wrong usage is 2 everywhere: 1 is the answer of `check`.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

registerCheck(program);
registerExplain(program);
registerRules(program);
registerConfig(program);
registerRun(program);
registerRuns(program);
registerCompare(program);
registerBaseline(program);
registerSavings(program);
registerReport(program);
registerTrace(program);
registerSources(program);
registerSample(program);
registerPlan(program);
registerMcp(program);
registerExport(program);
registerImport(program);
sendToHelp(program, program.name());
letReadersGo(process.stdout, process.stderr);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(failureLine(error));
  process.exitCode = 2;
}
