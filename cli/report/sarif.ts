import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Confidence, Severity } from '../../contracts/findings.ts';
import type { CheckReport, Region, RelatedPlace, ReportedFinding, ReportedFix } from './report.ts';

export interface SarifRule {
  readonly name: string;
  readonly summary: string;
  readonly severity: Severity;
}

export interface SarifTool {
  readonly version: string;
  readonly rules: readonly SarifRule[];
}

const level: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};
/** SARIF's rank runs from 0 to 100. */
const rank: Readonly<Record<Confidence, number>> = { certain: 95, likely: 75, possible: 40 };

/** Relative paths stay relative, so that a viewer finds the files in its own checkout. */
function artifactUri(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  const portable = process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
  return portable.split('/').map(encodeURIComponent).join('/');
}

const region = (place: Region): object => ({
  startLine: place.line,
  startColumn: place.column,
  endLine: place.endLine,
  endColumn: place.endColumn,
});

/** A line within a notebook's cell is no line of its file: there the cell is named instead. */
const location = (path: string, place: Region): object => {
  const artifactLocation = { uri: artifactUri(path) };
  if (place.cell === null) return { physicalLocation: { artifactLocation, region: region(place) } };
  return {
    physicalLocation: { artifactLocation },
    logicalLocations: [{ name: `cell ${place.cell}`, kind: 'cell' }],
  };
};

const messageAt = (place: Region, message: string): { text: string } => ({
  text: place.cell === null ? message : `Cell ${place.cell}, line ${place.line}: ${message}`,
});

const relatedLocation = (related: RelatedPlace): object => ({
  ...location(related.path, related),
  message: messageAt(related, related.message),
});

const fix = (path: string, { title, caveat, replacements }: ReportedFix): object => ({
  description: { text: caveat === undefined ? title : `${title} (${caveat})` },
  artifactChanges: [
    {
      artifactLocation: { uri: artifactUri(path) },
      replacements: replacements.map((replacement) => ({
        deletedRegion: region(replacement),
        insertedContent: { text: replacement.text },
      })),
    },
  ],
});

function result(finding: ReportedFinding, rules: readonly SarifRule[]): object {
  const ruleIndex = rules.findIndex((rule) => rule.name === finding.rule);
  return {
    ruleId: finding.rule,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    level: level[finding.severity],
    rank: rank[finding.confidence],
    message: messageAt(finding, finding.message),
    locations: [location(finding.path, finding)],
    partialFingerprints: { 'regionHash/v1': finding.regionHash },
    ...(finding.related.length === 0 ? {} : { relatedLocations: finding.related.map(relatedLocation) }),
    ...(finding.fixes.length === 0 || finding.cell !== null
      ? {}
      : { fixes: finding.fixes.map((one) => fix(finding.path, one)) }),
  };
}

/** SARIF 2.1.0, as code scanning services read it. */
export function sarifReport(report: CheckReport, tool: SarifTool): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Perjoule',
            semanticVersion: tool.version,
            rules: tool.rules.map((rule) => ({
              id: rule.name,
              shortDescription: { text: rule.summary },
              defaultConfiguration: { level: level[rule.severity] },
            })),
          },
        },
        columnKind: 'unicodeCodePoints',
        invocations: [
          {
            executionSuccessful: report.problems.every((problem) => problem.kind !== 'ruleFailed'),
            toolExecutionNotifications: report.problems.map((problem) => ({
              level: problem.kind === 'ruleFailed' ? 'error' : 'warning',
              descriptor: { id: problem.kind },
              message: messageAt(problem, problem.message),
              locations: [location(problem.path, problem)],
            })),
          },
        ],
        results: report.findings.map((finding) => result(finding, tool.rules)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
