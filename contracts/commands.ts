/** Every command, once. `npm run generate` writes the manifest from this table. */

export interface CommandInfo {
  readonly title: string;
  readonly icon?: string;
  /** When the command can be used at all; elsewhere it is greyed out. */
  readonly enablement?: string;
  /** False for commands that only make sense on an item of a view. */
  readonly palette?: boolean;
}

const commandTable = {
  'perjoule.runWithProfile': {
    title: 'Run with Energy Profile',
    icon: '$(zap)',
    enablement: 'isWorkspaceTrusted',
  },
  'perjoule.openProfile': { title: 'Open Energy Profile', icon: '$(graph-line)' },
  'perjoule.showLines': { title: 'Show Joules by Line', icon: '$(list-ordered)' },
  'perjoule.clearLens': { title: 'Clear Joules and Trace Verdicts from the Editor' },
  'perjoule.followGpuHolder': {
    title: 'Follow a Process That Holds a GPU',
    icon: '$(plug)',
    enablement: 'isWorkspaceTrusted',
  },
  'perjoule.stopFollowing': { title: 'Stop Following', icon: '$(debug-disconnect)', palette: false },
  'perjoule.refreshRuns': { title: 'Refresh Runs', icon: '$(refresh)', palette: false },
  'perjoule.showRun': { title: 'Show Run in Energy Profile', icon: '$(graph-line)', palette: false },
  'perjoule.compareRuns': { title: 'Compare Runs', icon: '$(compare-changes)' },
  'perjoule.pinBaseline': { title: 'Pin as Baseline', icon: '$(pin)', palette: false },
  'perjoule.unpinBaseline': { title: 'Unpin Baseline', icon: '$(pinned)', palette: false },
  'perjoule.openTrace': { title: 'Open Profiler Trace beside Run…' },
  'perjoule.showReport': { title: 'Show Report', icon: '$(notebook)' },
  'perjoule.showSavings': { title: 'Show Savings', icon: '$(graph)' },
  'perjoule.planPipeline': { title: 'Plan Pipeline Frequencies…' },
  'perjoule.renameRun': { title: 'Rename Run…', palette: false },
  'perjoule.editNote': { title: 'Edit Note…', palette: false },
  'perjoule.editTags': { title: 'Edit Tags…', palette: false },
  'perjoule.filterRuns': { title: 'Filter Runs…', icon: '$(filter)' },
  'perjoule.clearRunFilter': { title: 'Show All Runs', icon: '$(filter-filled)', palette: false },
  'perjoule.deleteRun': { title: 'Delete Run', icon: '$(trash)', palette: false },
  'perjoule.explainRule': { title: 'Explain Rule' },
  'perjoule.explainWaste': { title: 'Explain What the GPU Does' },
  'perjoule.showDismissed': { title: 'Show Dismissed Hints' },
  'perjoule.groupByFile': { title: 'Group by File', icon: '$(file)', palette: false },
  'perjoule.groupByRule': { title: 'Group by Rule', icon: '$(list-tree)', palette: false },
  'perjoule.fixOpportunity': { title: 'Fix…', icon: '$(lightbulb)', palette: false },
  'perjoule.dismissAsIntended': { title: 'Intended Here: Hide This Rule in the Function', palette: false },
  'perjoule.dismissAsTinyData': { title: 'Tiny Data: Hide All Hints in the Function', palette: false },
  'perjoule.restoreDismissed': { title: 'Show Again', icon: '$(eye)', palette: false },
  'perjoule.showCheckerSettings': { title: 'Show Checker Settings of This File' },
  'perjoule.restartServer': { title: 'Restart Language Server' },
  'perjoule.restartSampler': { title: 'Reconnect to Power Sampler' },
  'perjoule.showLog': { title: 'Show Log' },
  'perjoule.copyDebugInfo': { title: 'Copy Debug Information' },
} as const satisfies Record<string, CommandInfo>;

export type CommandId = keyof typeof commandTable;
export const commands: Readonly<Record<CommandId, CommandInfo>> = commandTable;

/** Shown before the title in the palette. */
export const commandCategory = 'Perjoule';

/** Commands that a page of the panel may ask the host for, by the name used on the wire. */
export interface MenuEntry {
  readonly menu: 'editor/title/run' | 'view/title' | 'view/item/context' | 'editor/context';
  readonly command: CommandId;
  readonly when: string;
  readonly group: string;
}

export const menuEntries: readonly MenuEntry[] = [
  {
    menu: 'editor/title/run',
    command: 'perjoule.runWithProfile',
    when: 'resourceLangId == python && isWorkspaceTrusted && !virtualWorkspace',
    group: '2_perjoule@1',
  },
  {
    menu: 'view/title',
    command: 'perjoule.refreshRuns',
    when: 'view == perjoule.runs',
    group: 'navigation@2',
  },
  {
    menu: 'view/title',
    command: 'perjoule.compareRuns',
    when: 'view == perjoule.runs',
    group: 'navigation@1',
  },
  {
    menu: 'view/title',
    command: 'perjoule.followGpuHolder',
    when: 'view == perjoule.runs',
    group: 'navigation@3',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.showRun',
    when: 'view == perjoule.runs && viewItem =~ /^run/',
    group: 'inline@1',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.compareRuns',
    when: 'view == perjoule.runs && viewItem =~ /^run/',
    group: '1_compare@1',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.pinBaseline',
    when: 'view == perjoule.runs && viewItem == run.ended',
    group: '1_compare@2',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.unpinBaseline',
    when: 'view == perjoule.runs && viewItem == run.ended.baseline',
    group: '1_compare@2',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.showReport',
    when: 'view == perjoule.runs && viewItem =~ /^run/',
    group: '1_compare@3',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.openTrace',
    when: 'view == perjoule.runs && viewItem =~ /^run/',
    group: '1_compare@4',
  },
  {
    menu: 'view/title',
    command: 'perjoule.showSavings',
    when: 'view == perjoule.runs',
    group: 'navigation@4',
  },
  ...(['renameRun', 'editNote', 'editTags'] as const).map(
    (name, at): MenuEntry => ({
      menu: 'view/item/context',
      command: `perjoule.${name}`,
      when: 'view == perjoule.runs && viewItem =~ /^run/',
      group: `5_label@${at + 1}`,
    }),
  ),
  {
    menu: 'view/title',
    command: 'perjoule.filterRuns',
    when: 'view == perjoule.runs && !perjoule.runs.filtered',
    group: 'navigation@0',
  },
  {
    menu: 'view/title',
    command: 'perjoule.clearRunFilter',
    when: 'view == perjoule.runs && perjoule.runs.filtered',
    group: 'navigation@0',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.stopFollowing',
    when: 'view == perjoule.runs && viewItem == run.live',
    group: '9_delete@1',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.deleteRun',
    when: 'view == perjoule.runs && viewItem =~ /^run\\.ended/',
    group: '9_delete@1',
  },
  {
    menu: 'view/title',
    command: 'perjoule.groupByRule',
    when: 'view == perjoule.opportunities && perjoule.opportunities == some && perjoule.opportunities.grouping != rule',
    group: 'navigation@1',
  },
  {
    menu: 'view/title',
    command: 'perjoule.groupByFile',
    when: 'view == perjoule.opportunities && perjoule.opportunities == some && perjoule.opportunities.grouping == rule',
    group: 'navigation@1',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.fixOpportunity',
    when: 'view == perjoule.opportunities && viewItem == opportunity.fixable',
    group: 'inline@1',
  },
  // Once more where the keyboard reaches it.
  {
    menu: 'view/item/context',
    command: 'perjoule.fixOpportunity',
    when: 'view == perjoule.opportunities && viewItem == opportunity.fixable',
    group: '1_explain@1',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.explainRule',
    when: 'view == perjoule.opportunities && viewItem =~ /^opportunity/',
    group: '1_explain@2',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.dismissAsIntended',
    when: 'view == perjoule.opportunities && viewItem =~ /^opportunity/',
    group: '2_dismiss@1',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.dismissAsTinyData',
    when: 'view == perjoule.opportunities && viewItem =~ /^opportunity/',
    group: '2_dismiss@2',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.restoreDismissed',
    when: 'view == perjoule.opportunities && viewItem == dismissal',
    group: 'inline@1',
  },
  {
    menu: 'view/item/context',
    command: 'perjoule.restoreDismissed',
    when: 'view == perjoule.opportunities && viewItem == dismissal',
    group: '2_dismiss@3',
  },
];
