/** Every setting, once. `npm run generate` writes the manifest from this table. */

import { type ChartId, chartIds, chartMetrics, usualCharts } from './charts.ts';
import { gridZonePattern } from './gridZone.ts';
import { metrics } from './metrics.ts';

export type SettingScope = 'resource' | 'window' | 'machine';

export interface SettingInfo {
  /** Title of the group in the settings editor. */
  readonly group: 'Hints' | 'Runs' | 'Panel' | 'Sampler';
  readonly type: 'boolean' | 'string' | 'number' | 'object' | 'array';
  readonly default: boolean | string | number | null | readonly string[] | Readonly<Record<string, string>>;
  /** `machine`: a workspace can neither set nor redirect it. */
  readonly scope: SettingScope;
  readonly markdownDescription: string;
  readonly enum?: readonly string[];
  readonly markdownEnumDescriptions?: readonly string[];
  /** Of an array. */
  readonly items?: {
    readonly type: 'string';
    readonly enum: readonly string[];
    readonly enumDescriptions: readonly string[];
  };
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly patternErrorMessage?: string;
}

export type HintScope = 'openFiles' | 'workspace';

export const severityNames = ['off', 'hint', 'information', 'warning', 'error'] as const;

const settingTable = {
  'perjoule.hints.enable': {
    group: 'Hints',
    type: 'boolean',
    default: true,
    scope: 'resource',
    markdownDescription: 'Mark code that wastes GPU energy in Python files as you type.',
  },
  'perjoule.hints.scope': {
    group: 'Hints',
    type: 'string',
    default: 'openFiles',
    scope: 'window',
    markdownDescription:
      'Which Python files are listed with their hints in the Problems view. What git ignores is left out.',
    enum: ['openFiles', 'workspace'],
    markdownEnumDescriptions: ['The files that are open.', 'Every Python file of the workspace.'],
  },
  'perjoule.hints.severity': {
    group: 'Hints',
    type: 'object',
    default: {},
    scope: 'resource',
    markdownDescription:
      'Severity by rule name, for example `{"loader-no-workers": "hint"}`. `off` silences a rule. This is stronger than `[tool.perjoule]` in `pyproject.toml`. A hint that a run has confirmed is at least a warning unless its rule is off.',
  },
  'perjoule.runs.detectInTerminals': {
    group: 'Runs',
    type: 'boolean',
    default: true,
    scope: 'window',
    markdownDescription:
      'Notice Python programs that use a GPU when they are started in a VS Code terminal, by a task, under the debugger or as a cell of a notebook, and record their power and energy. The program itself is not changed; its environment has one more variable, `PERJOULE_TAG`, by which a program that leaves its terminal is still known.',
  },
  'perjoule.runs.probe': {
    group: 'Runs',
    type: 'boolean',
    default: false,
    scope: 'machine',
    markdownDescription:
      'Put a probe into the Python programs of *Run with Energy Profile*, of new terminals and of tasks, so that a run tells which lines its joules went to. It is one file that Python loads at its start (by `PYTHONPATH`): a thread notes 20 times a second where the main thread is, and optimizer steps are counted by a hook of torch. The program’s output, exit and files stay the same.',
  },
  'perjoule.runs.lens': {
    group: 'Runs',
    type: 'boolean',
    default: true,
    scope: 'window',
    markdownDescription:
      'After a run with the probe (`#perjoule.runs.probe#`), show its joules above the lines they went to, until the text of the line changes.',
  },
  'perjoule.runs.revealPanel': {
    group: 'Runs',
    type: 'string',
    default: 'onFirstRun',
    scope: 'window',
    markdownDescription:
      'When a run starts, bring the Energy Profile into view. The focus stays where it is.',
    enum: ['never', 'onFirstRun', 'always'],
    markdownEnumDescriptions: [
      'Never by itself.',
      'On the first run of a window. *Run with Energy Profile* always shows it.',
      'On every run.',
    ],
  },
  'perjoule.runs.summaryAtEnd': {
    group: 'Runs',
    type: 'boolean',
    default: true,
    scope: 'window',
    markdownDescription:
      'When a run has ended, its energy stays in the status bar for two minutes; a click shows the run.',
  },
  'perjoule.runs.carbonIntensity': {
    group: 'Runs',
    type: 'number',
    default: 0,
    minimum: 0,
    maximum: 10_000,
    scope: 'machine',
    markdownDescription:
      'Grams of CO2e for each kWh of your grid, for the model card’s block in a run’s report. 0: no carbon is stated, as none is ever assumed.',
  },
  'perjoule.runs.gridZone': {
    group: 'Runs',
    type: 'string',
    default: '',
    scope: 'machine',
    markdownDescription:
      'Zone of the electricity grid that this machine stands in, such as `DE` or `US-CAL-CISO`. It is kept with each run, so that you can find a carbon intensity of its hours later; a change counts once the window is loaded anew. Nothing is looked up; carbon is only stated from `#perjoule.runs.carbonIntensity#`.',
    pattern: gridZonePattern,
    patternErrorMessage: 'Letters, digits, - and _ only, such as DE or US-CAL-CISO.',
  },
  'perjoule.runs.idleNoticeMinutes': {
    group: 'Runs',
    type: 'number',
    default: 10,
    minimum: 0,
    maximum: 10_000,
    scope: 'window',
    markdownDescription:
      'Say in the status bar when a process of yours has held a GPU for so many minutes on which nothing ran, with what that has drawn; 0 turns it off. It is watched while this window is connected to the power sampler.',
  },
  'perjoule.runs.pythonPath': {
    group: 'Runs',
    type: 'string',
    default: '',
    scope: 'machine',
    markdownDescription:
      'Python interpreter for *Run with Energy Profile*. Empty: the interpreter chosen in the Python extension, else `python3` or `python` on the path.',
  },
  'perjoule.panel.charts': {
    group: 'Panel',
    type: 'array',
    default: usualCharts,
    scope: 'window',
    markdownDescription:
      'Charts of the Energy Profile; its table and its cursor tell the same values. *Charts* in the panel changes this setting. What a machine does not tell stays empty.',
    items: {
      type: 'string',
      enum: chartIds,
      enumDescriptions: chartIds.map((id) => metrics[chartMetrics[id]].label),
    },
    uniqueItems: true,
  },
  'perjoule.sampler.rateHz': {
    group: 'Sampler',
    type: 'number',
    default: 10,
    minimum: 1,
    maximum: 20,
    scope: 'machine',
    markdownDescription: 'Readings of power and energy per second while a run lives.',
  },
  'perjoule.sampler.nvidiaSmiPath': {
    group: 'Sampler',
    type: 'string',
    default: '',
    scope: 'machine',
    markdownDescription: 'Path of `nvidia-smi`. Empty: searched on the path and in its usual places.',
  },
  'perjoule.sampler.prometheusUrl': {
    group: 'Sampler',
    type: 'string',
    default: '',
    scope: 'machine',
    markdownDescription:
      'Address of a Prometheus server, such as `http://prometheus.example:9090`, to read GPUs of other machines from. Empty: no server is ever asked.',
  },
  'perjoule.sampler.storeLimitMiB': {
    group: 'Sampler',
    type: 'number',
    default: 2048,
    minimum: 0,
    maximum: 1_048_576,
    scope: 'machine',
    markdownDescription:
      'Most MiB that recorded runs may take on disk; 0 for no limit. Beyond it the oldest single readings go first: runs, their figures and summaries of 10 s stay.',
  },
  'perjoule.sampler.keepReadingsDays': {
    group: 'Sampler',
    type: 'number',
    default: 0,
    minimum: 0,
    maximum: 3650,
    scope: 'machine',
    markdownDescription:
      'Days for which single readings are kept; 0 for no limit. Older runs keep their figures and summaries of 10 s.',
  },
  'perjoule.sampler.wallGain': {
    group: 'Sampler',
    type: 'number',
    default: 1,
    minimum: 0.1,
    maximum: 10,
    scope: 'machine',
    markdownDescription:
      'What a meter at the wall shows for each watt of the GPUs, as you measured it on this machine. With `#perjoule.sampler.wallOffsetW#` it gives an energy at the wall, which stands beside the measured one and never replaces it.',
  },
  'perjoule.sampler.wallOffsetW': {
    group: 'Sampler',
    type: 'number',
    default: 0,
    minimum: -10_000,
    maximum: 10_000,
    scope: 'machine',
    markdownDescription:
      'Watts that the meter at the wall shows beside the GPUs: the rest of this machine, as you measured it.',
  },
  'perjoule.sampler.nodePath': {
    group: 'Sampler',
    type: 'string',
    default: '',
    scope: 'machine',
    markdownDescription:
      'Node.js (22.13 or newer) that runs the power sampler. Empty: the one that runs this extension.',
  },
} as const satisfies Record<string, SettingInfo>;

export type SettingId = keyof typeof settingTable;
export const settings: Readonly<Record<SettingId, SettingInfo>> = settingTable;
export interface SettingValues {
  'perjoule.hints.enable': boolean;
  'perjoule.hints.scope': HintScope;
  'perjoule.hints.severity': Readonly<Record<string, string>>;
  'perjoule.runs.detectInTerminals': boolean;
  'perjoule.runs.probe': boolean;
  'perjoule.runs.lens': boolean;
  'perjoule.runs.revealPanel': 'never' | 'onFirstRun' | 'always';
  'perjoule.runs.summaryAtEnd': boolean;
  'perjoule.runs.carbonIntensity': number;
  'perjoule.runs.gridZone': string;
  'perjoule.runs.idleNoticeMinutes': number;
  'perjoule.runs.pythonPath': string;
  'perjoule.panel.charts': readonly ChartId[];
  'perjoule.sampler.rateHz': number;
  'perjoule.sampler.nvidiaSmiPath': string;
  'perjoule.sampler.prometheusUrl': string;
  'perjoule.sampler.storeLimitMiB': number;
  'perjoule.sampler.keepReadingsDays': number;
  'perjoule.sampler.wallGain': number;
  'perjoule.sampler.wallOffsetW': number;
  'perjoule.sampler.nodePath': string;
}
