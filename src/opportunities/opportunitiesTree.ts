import * as vscode from 'vscode';
import {
  byWorth,
  type Dismissal,
  dismissalKey,
  type HiddenFinding,
  type Opportunity,
} from '../../contracts/opportunities.ts';
import type { Dismissals } from './dismissals.ts';
import type { OpportunityModel } from './opportunityModel.ts';
import {
  counted,
  dismissalDescription,
  dismissalTitle,
  dismissalTooltip,
  opportunityDescription,
  opportunityFacts,
  opportunityLabel,
} from './opportunityText.ts';
import { fileName, folderText, lineText, pathText, rangeOf } from './place.ts';

export type Grouping = 'file' | 'rule';

interface GroupNode {
  readonly kind: 'file' | 'rule';
  /** A file's address or a rule's name. */
  readonly key: string;
  readonly members: readonly Opportunity[];
}
export interface OpportunityNode {
  readonly kind: 'opportunity';
  readonly opportunity: Opportunity;
  readonly under: Grouping;
  /** Among those of one rule in one function, from 0: lines move while somebody types. */
  readonly nth: number;
}
export interface DismissalNode {
  readonly kind: 'dismissal';
  readonly dismissal: Dismissal;
  readonly hides: readonly HiddenFinding[];
}
export type TreeNode = GroupNode | OpportunityNode | DismissalNode | { readonly kind: 'dismissed' };

const severityIcon: Readonly<Record<Opportunity['severity'], readonly [string, string]>> = {
  error: ['error', 'problemsErrorIcon.foreground'],
  warning: ['warning', 'problemsWarningIcon.foreground'],
  information: ['info', 'problemsInfoIcon.foreground'],
  hint: ['info', 'problemsInfoIcon.foreground'],
};

function icon({ measured, traced, standing, severity }: Opportunity): vscode.ThemeIcon {
  if (measured?.verdict === 'confirmed')
    return new vscode.ThemeIcon(
      measured.simulated ? 'beaker' : 'zap',
      new vscode.ThemeColor('charts.yellow'),
    );
  if (traced?.verdict === 'confirmed' && measured === null)
    return new vscode.ThemeIcon('watch', new vscode.ThemeColor('charts.yellow'));
  if (traced?.verdict === 'retired' || (measured !== null && traced === null))
    return new vscode.ThemeIcon('circle-slash');
  if (standing === 'preview') return new vscode.ThemeIcon('lightbulb');
  if (standing === 'unsure') return new vscode.ThemeIcon('question');
  const [name, color] = severityIcon[severity];
  return new vscode.ThemeIcon(name, new vscode.ThemeColor(color));
}

function tooltip(opportunity: Opportunity, place: string): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  // appendText escapes: a message may hold code of the file and the name of a run.
  text.appendMarkdown(`**${opportunity.rule}**\n\n`);
  text.appendText(opportunity.message);
  text.appendMarkdown(`\n\n${opportunity.why}\n\n`);
  for (const [label, value] of opportunityFacts(opportunity, place)) {
    text.appendMarkdown(`*${label}:* `);
    text.appendText(value);
    text.appendMarkdown('  \n');
  }
  return text;
}

function opening(uri: string, range: Opportunity['range']): vscode.Command {
  const selection = rangeOf(range);
  // The start alone: a selected stretch would hide the mark under it.
  const options = { selection: new vscode.Range(selection.start, selection.start) };
  return { command: 'vscode.open', title: 'Open', arguments: [vscode.Uri.parse(uri), options] };
}

/** The native list: keyboard and screen reader come with it. */
export class OpportunitiesTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #model: OpportunityModel;
  readonly #dismissals: Dismissals;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #grouping: Grouping = 'file';

  constructor(model: OpportunityModel, dismissals: Dismissals) {
    this.#model = model;
    this.#dismissals = dismissals;
  }

  get grouping(): Grouping {
    return this.#grouping;
  }

  group(by: Grouping): void {
    this.#grouping = by;
    this.refresh();
  }

  refresh(): void {
    this.#changed.fire(undefined);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node === undefined) {
      const groups: TreeNode[] = this.#groups();
      return this.#dismissals.all.length === 0 ? groups : [...groups, { kind: 'dismissed' }];
    }
    if (node.kind === 'dismissed') return this.#dismissed();
    return node.kind === 'file' || node.kind === 'rule' ? membersOf(node) : [];
  }

  /** Each group where its best member is; groups and members by worth. */
  #groups(): GroupNode[] {
    const kind = this.#grouping;
    const groups = new Map<string, Opportunity[]>();
    for (const opportunity of this.#model.all.toSorted(byWorth)) {
      const key = kind === 'file' ? opportunity.target.uri : opportunity.rule;
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [opportunity]);
      else members.push(opportunity);
    }
    return [...groups].map(([key, members]) => ({ kind, key, members }));
  }

  #dismissed(): DismissalNode[] {
    const hidden = this.#model.hidden;
    return this.#dismissals.all.map((dismissal) => {
      const key = dismissalKey(dismissal);
      return { kind: 'dismissal', dismissal, hides: hidden.filter((finding) => finding.key === key) };
    });
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'file':
        return fileItem(node);
      case 'rule':
        return ruleItem(node);
      case 'opportunity':
        return opportunityItem(node);
      case 'dismissal':
        return this.#dismissalItem(node);
      case 'dismissed':
        return this.#dismissedItem();
    }
  }

  #dismissedItem(): vscode.TreeItem {
    const count = this.#dismissals.all.length;
    const item = new vscode.TreeItem('Dismissed', vscode.TreeItemCollapsibleState.Collapsed);
    item.id = 'dismissed';
    item.description = String(count);
    item.iconPath = new vscode.ThemeIcon('eye-closed');
    item.contextValue = 'dismissed';
    item.tooltip = 'Hints that you do not want to see. Each can be shown again.';
    item.accessibilityInformation = { label: `Dismissed, ${counted(count, 'entry', 'entries')}` };
    return item;
  }

  #dismissalItem({ dismissal, hides }: DismissalNode): vscode.TreeItem {
    const known = this.#model.complete || hides.length > 0 ? hides.length : undefined;
    const item = new vscode.TreeItem(dismissalTitle(dismissal));
    const [first] = hides;
    item.id = `dismissal ${dismissalKey(dismissal)}`;
    item.description = dismissalDescription(dismissal, known, fileName(dismissal.uri));
    item.iconPath = new vscode.ThemeIcon(known === 0 ? 'circle-outline' : 'eye-closed');
    item.contextValue = 'dismissal';
    item.tooltip = dismissalTooltip(dismissal, known);
    item.accessibilityInformation = { label: `${dismissalTitle(dismissal)}, ${item.description}` };
    item.command =
      first === undefined
        ? { command: 'vscode.open', title: 'Open', arguments: [vscode.Uri.parse(dismissal.uri)] }
        : opening(first.uri, first.range);
    return item;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function membersOf({ kind, members }: GroupNode): OpportunityNode[] {
  const seen = new Map<string, number>();
  return members.map((opportunity) => {
    const { uri, rule, functionName } = opportunity.target;
    const key = JSON.stringify([uri, rule, functionName]);
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    return { kind: 'opportunity', opportunity, under: kind, nth };
  });
}

function fileItem({ key, members }: GroupNode): vscode.TreeItem {
  const item = new vscode.TreeItem(fileName(key), vscode.TreeItemCollapsibleState.Expanded);
  const folder = folderText(key);
  item.id = `file ${key}`;
  // The icon goes by the name. At its own address the file's count of problems would stand beside ours.
  item.resourceUri = vscode.Uri.from({ scheme: 'perjoule-opportunities', path: vscode.Uri.parse(key).path });
  item.iconPath = vscode.ThemeIcon.File;
  item.tooltip = pathText(key);
  item.description = folder === '' ? String(members.length) : `${members.length} · ${folder}`;
  item.contextValue = 'group';
  const where = folder === '' ? '' : ` in ${folder}`;
  item.accessibilityInformation = { label: `${fileName(key)}${where}, ${opportunities(members.length)}` };
  return item;
}

function ruleItem({ key, members }: GroupNode): vscode.TreeItem {
  const item = new vscode.TreeItem(key, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `rule ${key}`;
  item.description = String(members.length);
  item.contextValue = 'group.rule';
  item.accessibilityInformation = { label: `${key}, ${opportunities(members.length)}` };
  return item;
}

const opportunities = (count: number): string => counted(count, 'opportunity', 'opportunities');

function opportunityItem({ opportunity, under, nth }: OpportunityNode): vscode.TreeItem {
  const { rule, uri, range, target } = opportunity;
  const file = target.uri;
  const { words, brief } = lineText(uri, range);
  const item = new vscode.TreeItem(under === 'file' ? rule : `${fileName(file)}, ${brief}`);
  item.id = `opportunity ${under} ${file} ${rule} ${target.functionName} ${nth}`;
  item.description = opportunityDescription(opportunity, under === 'file' ? brief : folderText(file));
  item.iconPath = icon(opportunity);
  item.tooltip = tooltip(opportunity, `${pathText(file)}, ${words}`);
  item.contextValue = `opportunity${opportunity.fixTitle === null ? '' : '.fixable'}`;
  item.accessibilityInformation = {
    label: opportunityLabel(opportunity, under === 'file' ? words : `${fileName(file)} ${words}`),
  };
  item.command = opening(uri, range);
  return item;
}
