/** Prints each effective setting with its origin. */

import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type Assumptions,
  assumptionNames,
  effective,
  type Origin,
  originText,
  type Said,
} from '../server/engine/configuration.ts';
import { ProjectFiles } from '../server/projectFiles.ts';
import { rules } from '../server/rules/index.generated.ts';
import type { ConfigOptions } from './config.ts';
import { displayPath } from './displayPath.ts';
import { Positions } from './report/positions.ts';
import { reportedProblem } from './report/report.ts';
import { commandLineLayer } from './ruleOptions.ts';
import { plain, table } from './terminalText.ts';
import { UsageError } from './usageError.ts';

/** Raised when a field is renamed, removed or changes its meaning. */
const version = 1;

const origin = (of: Origin): string => originText(of, displayPath);

const said = (of: Said<unknown>): object => ({ value: of.value ?? null, origin: origin(of.origin) });

/** @returns the exit status. @throws UsageError */
export async function showConfig(path: string, options: ConfigOptions): Promise<number> {
  const metas = rules.map(({ meta }) => meta).sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const status = await stat(path).catch(() => {
    throw new UsageError(`there is no “${path}”; check the path.`);
  });
  const file = resolve(status.isDirectory() ? join(path, 'script.py') : path);
  const projects = new ProjectFiles(metas);
  const layers = [...(await projects.layersFor(file)), commandLineLayer(options, metas)];
  const project = await projects.nearestTo(file);
  const { rules: effectiveRules, assume } = effective(metas, layers);
  const problems = (project?.problems ?? []).map((problem) =>
    reportedProblem(displayPath(project?.path ?? ''), new Positions(project?.text ?? ''), problem),
  );
  const names = Object.keys(assumptionNames) as (keyof Assumptions)[];
  if (options.format === 'json') {
    const data = {
      version,
      path,
      projectFile: project === undefined ? null : displayPath(project.path),
      rules: metas.map(({ name, severity }) => {
        const rule = effectiveRules.get(name);
        return {
          name,
          on: rule === undefined ? null : said(rule.on),
          severity:
            rule === undefined ? null : said({ ...rule.severity, value: rule.severity.value ?? severity }),
        };
      }),
      assume: Object.fromEntries(
        names.map((name) => {
          const value = assume[name];
          return [assumptionNames[name], value === undefined ? null : said(value)];
        }),
      ),
      problems: problems.map(({ path: where, line, column, message }) => ({
        path: where,
        line,
        column,
        message,
      })),
    };
    process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    return problems.length === 0 ? 0 : 2;
  }
  const heads = ['RULE', 'REPORTS', 'SAID BY', 'SEVERITY', 'SAID BY'];
  const rows = metas.flatMap(({ name, severity }) => {
    const rule = effectiveRules.get(name);
    if (rule === undefined) return [];
    return [
      [
        name,
        rule.on.value ? 'yes' : 'no',
        origin(rule.on.origin),
        rule.severity.value ?? severity,
        origin(rule.severity.origin),
      ],
    ];
  });
  const assumed = names.map((name) => {
    const value = assume[name];
    return value === undefined
      ? [assumptionNames[name], 'not said', '']
      : [assumptionNames[name], plain(String(value.value)), origin(value.origin)];
  });
  const source = project === undefined ? 'none with [tool.perjoule]' : displayPath(project.path);
  process.stdout.write(
    `project file: ${plain(source)}\n\n${table([heads, ...rows], rows[0]?.map(() => 'left' as const) ?? [])}\n\n${table([['ASSUMED', 'VALUE', 'SAID BY'], ...assumed], ['left', 'left', 'left'])}\n`,
  );
  for (const { path: where, line, column, message } of problems)
    process.stderr.write(`${plain(`${where}:${line}:${column}: ${message}`)}\n`);
  return problems.length === 0 ? 0 : 2;
}
