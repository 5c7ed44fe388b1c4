/** The list of opportunities and what is done from it and from the light bulb: group, fix, dismiss, show again. */

import * as vscode from 'vscode';
import type { CommandId } from '../../contracts/commands.ts';
import { type Dismissal, type DismissalKind, dismissalKey } from '../../contracts/opportunities.ts';
import type { Checker } from '../checker.ts';
import { Dismissals, isDismissalTarget } from './dismissals.ts';
import {
  type Grouping,
  OpportunitiesTree,
  type OpportunityNode,
  type TreeNode,
} from './opportunitiesTree.ts';
import { OpportunityModel } from './opportunityModel.ts';
import { counted, dismissedMessage } from './opportunityText.ts';
import { rangeOf } from './place.ts';
import { showDismissed } from './showDismissed.ts';

const viewId = 'perjoule.opportunities';
const groupingKey = 'perjoule.opportunities.grouping';

type Command = Extract<
  CommandId,
  | 'perjoule.groupByFile'
  | 'perjoule.groupByRule'
  | 'perjoule.fixOpportunity'
  | 'perjoule.dismissAsIntended'
  | 'perjoule.dismissAsTinyData'
  | 'perjoule.restoreDismissed'
  | 'perjoule.showDismissed'
>;

export class Opportunities implements vscode.Disposable {
  readonly dismissals: Dismissals;
  readonly #model: OpportunityModel;
  readonly #tree: OpportunitiesTree;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #memory: vscode.Memento;
  readonly #subscriptions: readonly vscode.Disposable[];
  #shown = '';

  constructor(
    context: vscode.ExtensionContext,
    needChecker: () => Promise<Checker>,
    dismissed: (all: readonly Dismissal[]) => void,
    warn: (error: unknown) => void,
  ) {
    this.#memory = context.workspaceState;
    this.dismissals = new Dismissals(context.workspaceState, (all) => {
      dismissed(all);
      this.#show();
    });
    this.#model = new OpportunityModel(needChecker, warn);
    this.#tree = new OpportunitiesTree(this.#model, this.dismissals);
    this.#group(this.#memory.get<Grouping>(groupingKey, 'file'));
    this.#view = vscode.window.createTreeView(viewId, {
      treeDataProvider: this.#tree,
      showCollapseAll: true,
    });
    this.#subscriptions = [
      this.#model,
      this.#tree,
      this.#view,
      this.#model.onDidChange(() => this.#show()),
      this.#view.onDidChangeVisibility(({ visible }) => this.#model.setVisible(visible)),
      vscode.workspace.onDidRenameFiles(({ files }) => {
        for (const { oldUri, newUri } of files) this.dismissals.renamed(oldUri.toString(), newUri.toString());
      }),
    ];
    this.#model.setVisible(this.#view.visible);
    this.#show();
  }

  readonly commands: Readonly<Record<Command, (...args: unknown[]) => unknown>> = {
    'perjoule.groupByFile': () => this.#group('file'),
    'perjoule.groupByRule': () => this.#group('rule'),
    'perjoule.fixOpportunity': (node) => fix(node as TreeNode | undefined),
    'perjoule.dismissAsIntended': (target) => this.#dismiss(target, 'intended'),
    'perjoule.dismissAsTinyData': (target) => this.#dismiss(target, 'tinyData'),
    'perjoule.restoreDismissed': (node) => this.#restore(node as TreeNode | undefined),
    'perjoule.showDismissed': () => showDismissed(this.dismissals),
  };

  #group(by: Grouping): void {
    void this.#memory.update(groupingKey, by);
    void vscode.commands.executeCommand('setContext', groupingKey, by);
    this.#tree.group(by);
  }

  #show(): void {
    const state = this.#model.state;
    if (state !== this.#shown) void vscode.commands.executeCommand('setContext', viewId, state);
    this.#shown = state;
    const all = this.#model.all;
    const measured = all.filter((one) => one.measured?.verdict === 'confirmed').length;
    this.#view.description =
      all.length === 0 ? '' : `${all.length}${measured === 0 ? '' : ` · ${measured} measured`}`;
    this.#view.message = this.#message(state);
    this.#tree.refresh();
  }

  /** The empty list says itself what it is; beside dismissed hints it cannot. */
  #message(state: string): string {
    const limit = this.#model.truncatedAt;
    if (limit !== undefined) return `Only the first ${counted(limit, 'Python file')} are looked through.`;
    if (state === 'none' && this.dismissals.all.length > 0) return 'Nothing left to improve was found.';
    return '';
  }

  #dismiss(argument: unknown, kind: DismissalKind): void {
    const target = isOpportunity(argument) ? argument.opportunity.target : argument;
    if (!isDismissalTarget(target)) return;
    // Not waited for: the light bulb's command would run for as long as the message stands.
    void this.#offerUndo(this.dismissals.add(target, kind, Date.now()));
  }

  async #offerUndo(added: Dismissal): Promise<void> {
    const undo = 'Undo';
    const answer = await vscode.window.showInformationMessage(dismissedMessage(added), undo);
    if (answer === undo) this.dismissals.remove(new Set([dismissalKey(added)]));
  }

  #restore(node: TreeNode | undefined): void {
    if (node?.kind === 'dismissal') this.dismissals.remove(new Set([dismissalKey(node.dismissal)]));
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

const isOpportunity = (value: unknown): value is OpportunityNode =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'opportunity';

/** The rule of an entry of the list, or what a link says. */
export const ruleOf = (value: unknown): unknown => (isOpportunity(value) ? value.opportunity.rule : value);

/** Opens the light bulb at the place: the user picks and sees the edit. */
async function fix(node: TreeNode | undefined): Promise<void> {
  if (!isOpportunity(node)) return;
  const { uri, range } = node.opportunity;
  const { start } = rangeOf(range);
  const selection = new vscode.Range(start, start);
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.parse(uri), { selection });
  await vscode.commands.executeCommand('editor.action.quickFix');
}
