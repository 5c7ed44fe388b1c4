/** Composition root: makes the parts and joins them; no logic of its own. */

import * as vscode from 'vscode';
import type { CommandId } from '../contracts/commands.ts';
import type { MeasuredHint } from '../contracts/findings.ts';
import type { RunSummary } from '../contracts/runs.ts';
import type { TracedHint } from '../contracts/trace.ts';
import type { PageCommand } from '../contracts/viewProtocol.ts';
import { registerAgentTools } from './agentTools.ts';
import type { Checker } from './checker.ts';
import { CheckerSettings } from './checkerSettings.ts';
import { debugInfo } from './debugInfo.ts';
import { GuidePages } from './guide/guidePages.ts';
import { ownRun } from './guide/ownRun.ts';
import { LineLens } from './lines/lineLens.ts';
import { Opportunities, ruleOf } from './opportunities/opportunities.ts';
import { fixPlace, openPlace } from './panel/places.ts';
import { ProfilePanel } from './panel/profilePanel.ts';
import { areSides, pickRun, runsToCompare, sidesToCompare } from './runs/compareRuns.ts';
import { DebugRuns } from './runs/debugRuns.ts';
import { applyFilter, filterRuns } from './runs/filterRuns.ts';
import { followHolder } from './runs/followHolder.ts';
import { HintMemory } from './runs/hintMemory.ts';
import { IdleNotice } from './runs/idleNotice.ts';
import { labelRun, pinBaseline, questions } from './runs/labelRun.ts';
import { NotebookRuns } from './runs/notebookRuns.ts';
import { ProbeTerminals } from './runs/probeTerminals.ts';
import { ReportPages } from './runs/reportPages.ts';
import { RunModel } from './runs/runModel.ts';
import { RunStatus } from './runs/runStatus.ts';
import { RunsTree } from './runs/runsTree.ts';
import { RunTag } from './runs/runTag.ts';
import { RunWatch } from './runs/runWatch.ts';
import { runWithProfile } from './runs/runWithProfile.ts';
import { TaskRuns } from './runs/taskRuns.ts';
import { TerminalRuns } from './runs/terminalRuns.ts';
import { SamplerLink } from './samplerLink.ts';
import { setting } from './settings.ts';
import { giveSign } from './walkthroughSigns.ts';

/** What is said at the findings beside what the checker says. */
interface Hints {
  readonly measured: HintMemory<MeasuredHint>;
  readonly traced: HintMemory<TracedHint>;
}

/** The language server's client; made when the first Python file or the first run needs it. */
let checker: Promise<Checker> | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Perjoule', { log: true });
  const tag = new RunTag(context);
  const link = new SamplerLink(context, log, tag.value);
  const model = new RunModel();
  const terminals = new TerminalRuns(link, log);
  const tasks = new TaskRuns(link, log);
  const debugged = new DebugRuns(link, log);
  const notebooks = new NotebookRuns(link, log);
  const probe = new ProbeTerminals(context, link, log);
  const guide = new GuidePages(context.extensionUri, () => ownRun(link));
  const lens = new LineLens(context.workspaceState);
  const status = new RunStatus(model);
  const reports = new ReportPages(link);
  const tree = new RunsTree(model);
  const idleNotice = new IdleNotice(link, log);
  const warn = (error: unknown): void => log.warn(error instanceof Error ? error.message : String(error));

  const hints: Hints = {
    measured: new HintMemory(
      context.workspaceState,
      'perjoule.measuredHints',
      (all) => void checker?.then((it) => it.setHints(all)).catch(warn),
    ),
    traced: new HintMemory(
      context.workspaceState,
      'perjoule.tracedHints',
      (all) => void checker?.then((it) => it.setTraced(all)).catch(warn),
    ),
  };
  const needChecker = (): Promise<Checker> => {
    if (checker !== undefined) return checker;
    checker = startChecker(context, log, hints, opportunities);
    checker.catch((error: unknown) => log.error(`The language server did not start: ${String(error)}`));
    return checker;
  };
  const opportunities = new Opportunities(
    context,
    needChecker,
    (all) => void checker?.then((it) => it.setDismissals(all)).catch(warn),
    warn,
  );
  const openedFile = ({ languageId }: vscode.TextDocument): void => {
    if (languageId !== 'python') return;
    needChecker();
    giveSign('perjoule.pythonOpened');
  };

  /** The terminal takes the probe's variables with it when it is made. */
  const runProbed = async (resource: unknown): Promise<void> => {
    await probe.apply();
    await runWithProfile(terminals, resource);
  };

  const pageCommands: Readonly<Record<PageCommand, () => Thenable<unknown>>> = {
    runWithProfile: () => runProbed(undefined),
    restartSampler: () => link.restart(),
    showLog: async () => log.show(),
    manageTrust: () => vscode.commands.executeCommand('workbench.trust.manage'),
    openSettings: () =>
      vscode.commands.executeCommand('workbench.action.openSettings', '@ext:perjoule.perjoule'),
    openProbeSetting: () =>
      vscode.commands.executeCommand('workbench.action.openSettings', 'perjoule.runs.probe'),
  };
  const panel = new ProfilePanel(
    context,
    link,
    model,
    {
      openPlace: async (path, line) => void (await openPlace(path, line)),
      fixPlace,
      explainRule: (rule) => guide.explainRule(rule),
      explainWaste: (kind) => guide.explainWaste(kind),
      scriptFindings: async (path) => (await (await needChecker()).findings(vscode.Uri.file(path))).findings,
      traced: (runId, all) => hints.traced.learn(runId, Date.now(), all),
      traceClosed: (runId) => hints.traced.forget(runId),
      command: async (name) => void (await pageCommands[name]?.()),
    },
    log,
  );

  let revealed = false;
  const watch = new RunWatch(
    link,
    model,
    {
      started: (run) => {
        panel.runStarted(run.runId);
        const reveal = setting('perjoule.runs.revealPanel');
        if (
          run.origin === 'command' ||
          run.origin === 'attach' ||
          reveal === 'always' ||
          (reveal === 'onFirstRun' && !revealed)
        ) {
          panel.show(run.runId, { focus: false }).catch(warn);
        }
        revealed = true;
        tellFindings(link, needChecker, run).catch(warn);
      },
      explained: (run) => {
        giveSign('perjoule.runRecorded');
        hints.measured.learn(run.runId, run.startedAtMs, run.hints);
        lens.learn(run).catch(warn);
        panel.runChanged(run);
      },
      removed: (runId) => {
        hints.measured.forget(runId);
        hints.traced.forget(runId);
        lens.forget(runId);
      },
    },
    log,
  );

  const runsView = vscode.window.createTreeView('perjoule.runs', {
    treeDataProvider: tree,
    canSelectMany: true,
  });
  const checkerSettings = new CheckerSettings();
  const knownRun = (run: unknown): RunSummary | undefined => model.find(runIdOf(run) ?? '');
  const handlers: Readonly<Record<CommandId, (...args: unknown[]) => unknown>> = {
    ...opportunities.commands,
    'perjoule.runWithProfile': runProbed,
    'perjoule.openProfile': () => panel.show(model.live[0]?.runId ?? null, { focus: true }),
    'perjoule.showLines': (run) => panel.showLines(runIdOf(run)),
    'perjoule.clearLens': () => {
      lens.clear();
      hints.traced.clear();
    },
    'perjoule.followGpuHolder': async () => {
      const runId = await followHolder(link);
      if (runId !== null) await panel.show(runId, { focus: true });
    },
    'perjoule.refreshRuns': () => watch.refresh(),
    'perjoule.showRun': (run) => panel.show(runIdOf(run), { focus: true }),
    'perjoule.compareRuns': async (clicked, selected) => {
      if (areSides(selected)) {
        const sides = await sidesToCompare(selected);
        if (sides !== undefined) await reports.showSides(sides);
        return;
      }
      const pair = await runsToCompare(model, clicked, selected);
      if (pair !== undefined) await panel.compare(pair.baseline.runId, pair.run.runId);
    },
    'perjoule.pinBaseline': (run) => pinBaseline(link, knownRun(run), true),
    'perjoule.unpinBaseline': (run) => pinBaseline(link, knownRun(run), false),
    'perjoule.openTrace': async (clicked) => {
      const run = knownRun(clicked) ?? (await pickRun(model.newestFirst, 'Run that was traced'));
      if (run !== undefined) await panel.openTrace(run);
    },
    'perjoule.showReport': (run) => reports.showReport(knownRun(run) ?? model.newestFirst[0]),
    'perjoule.showSavings': () => reports.showSavings(),
    'perjoule.planPipeline': () => panel.planPipeline(),
    'perjoule.renameRun': (run) => labelRun(link, knownRun(run), questions.name),
    'perjoule.editNote': (run) => labelRun(link, knownRun(run), questions.note),
    'perjoule.editTags': (run) => labelRun(link, knownRun(run), questions.tags),
    'perjoule.filterRuns': () => filterRuns(runsView, tree),
    'perjoule.clearRunFilter': () => applyFilter(runsView, tree, ''),
    'perjoule.stopFollowing': async (run) => {
      const runId = runIdOf(run);
      if (runId !== null) await link.request('stopFollowing', { runId });
    },
    'perjoule.deleteRun': (run) => deleteRun(link, run),
    'perjoule.explainRule': (rule) => guide.explainRule(ruleOf(rule)),
    'perjoule.explainWaste': (kind) => guide.explainWaste(kind),
    'perjoule.showCheckerSettings': async () => checkerSettings.show(await needChecker()),
    'perjoule.restartServer': async () => (await needChecker()).restart(),
    'perjoule.restartSampler': () => link.restart(),
    'perjoule.showLog': () => log.show(),
    'perjoule.copyDebugInfo': async () => {
      await vscode.env.clipboard.writeText(await debugInfo(context, link));
      void vscode.window.setStatusBarMessage('Debug information copied.', 3_000);
    },
  };

  context.subscriptions.push(
    log,
    tag,
    link,
    model,
    terminals,
    tasks,
    debugged,
    notebooks,
    probe,
    lens,
    guide,
    status,
    reports,
    idleNotice,
    tree,
    hints.measured,
    hints.traced,
    opportunities,
    panel,
    watch,
    checkerSettings,
    registerAgentTools({ extensionUri: context.extensionUri, link, needChecker }),
    link.on('live', (update) => status.live(update)),
    vscode.workspace.onDidOpenTextDocument(openedFile),
    vscode.window.registerWebviewViewProvider(ProfilePanel.viewId, panel),
    runsView,
    runsView.onDidChangeVisibility(({ visible }) => {
      if (visible && link.state === 'idle') link.connect().catch(warn);
    }),
    ...Object.entries(handlers).map(([id, handler]) => vscode.commands.registerCommand(id, handler)),
  );
  vscode.workspace.textDocuments.forEach(openedFile);
  warmUp(needChecker).catch(warn);
  terminals.followBusyTerminals().catch(warn);
  void probe.apply();
}

export async function deactivate(): Promise<void> {
  await (await checker)?.stop();
}

/** Loaded after activation: the client library is most of the bundle and nothing before the first file needs it. */
async function startChecker(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  hints: Hints,
  opportunities: Opportunities,
): Promise<Checker> {
  const { Checker } = await import('./checker.ts');
  const started = new Checker(context, log, () => opportunities.dismissals.all);
  context.subscriptions.push(started);
  await started.start();
  started.setHints(hints.measured.newest());
  started.setTraced(hints.traced.newest());
  return started;
}

/** Where there is Python, the checker is ready before the first file is opened. */
async function warmUp(needChecker: () => Promise<Checker>): Promise<void> {
  const found = await vscode.workspace.findFiles('**/*.py', '**/{node_modules,.venv,site-packages}/**', 1);
  if (found.length > 0) await needChecker();
}

/** The findings of the run's script name the places in its list of waste. */
async function tellFindings(
  link: SamplerLink,
  needChecker: () => Promise<Checker>,
  run: RunSummary,
): Promise<void> {
  if (run.script === null) return;
  const { findings } = await (await needChecker()).findings(vscode.Uri.file(run.script));
  await link.request('setFindings', { runId: run.runId, findings });
}

async function deleteRun(link: SamplerLink, run: unknown): Promise<void> {
  const runId = runIdOf(run);
  if (runId === null) return;
  await link.request('deleteRun', { runId });
  const undo = 'Undo';
  const answer = await vscode.window.showInformationMessage(
    'The run was deleted. It is kept for ten minutes, in case you want it back.',
    undo,
  );
  if (answer !== undo || (await link.request('restoreRun', { runId })) !== null) return;
  void vscode.window.showWarningMessage('The run is gone for good: the ten minutes are over.');
}

/** A run from the list, or the id that a hover link carries. */
function runIdOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('runId' in value)) return null;
  return typeof value.runId === 'string' ? value.runId : null;
}
