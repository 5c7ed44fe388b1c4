// Who may import whom: the table of the rooms in ARCHITECTURE.md, checked. What is not listed is forbidden.
// The other half of the fence is each room's own tsconfig.json.

/** Test files may reach further: they cross rooms on purpose. */
const TEST_FILE = '\\.(test|soak|bench)\\.ts$|/testing(/|\\.ts$)';

/** The one client door to the sampler: find it, start it, talk to it. */
const SAMPLER_DOOR = '^sampler/connect\\.ts$';

const rooms = {
  contracts: [],
  'server/python': ['contracts'],
  'server/engine': ['contracts', 'server/python'],
  'server/rules': ['contracts', 'server/python', 'server/engine'],
  server: ['contracts'],
  insight: ['contracts'],
  sampler: ['contracts', 'insight'],
  planner: ['contracts', 'insight'],
  cli: ['contracts', 'server', 'sampler', 'insight', 'planner'],
  probe: [],
  media: ['contracts'],
  src: ['contracts'],
};

const ALL = [
  'contracts',
  'server',
  'insight',
  'sampler',
  'planner',
  'cli',
  'probe',
  'media',
  'src',
  'tools',
  'test',
];

/** `server` alone means the shell (lsp/, main, loadEngine): it may use everything below it. */
const insideOf = (room) => (room === 'server' ? '^server/' : `^${room}/`);

const roomRules = Object.entries(rooms).map(([room, mayImport]) => ({
  name: `${room.replace('/', '-')}-imports`,
  comment: `${room} may import ${mayImport.length > 0 ? mayImport.join(', ') : 'nothing outside itself'}.`,
  severity: 'error',
  from: {
    path: room === 'server' ? '^server/(lsp/|[^/]+$)' : insideOf(room),
    pathNot: TEST_FILE,
  },
  to: {
    path: `^(${ALL.join('|')})/`,
    pathNot: [
      insideOf(room),
      ...mayImport.map(insideOf),
      ...(room === 'src' || room === 'cli' ? [SAMPLER_DOOR] : []),
    ],
  },
}));

/** Rooms that run anywhere: no Node, no editor, no clock of their own. */
const PURE = '^(contracts|insight|media|server/(python|engine|rules))/';

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'pure-rooms-use-no-node',
      comment: 'contracts, insight, media and the engine below server/lsp are pure: effects are passed in.',
      severity: 'error',
      from: { path: PURE, pathNot: `${TEST_FILE}|^server/python/loadParser\\.ts$` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-src-imports-vscode',
      comment: 'Everything else works without an editor.',
      severity: 'error',
      from: { pathNot: '^(src|test)/' },
      to: { path: '^vscode$|/@types/vscode/' },
    },
    {
      name: 'contracts-import-nothing',
      comment: 'contracts are types and tables: no package, no Node.',
      severity: 'error',
      from: { path: '^contracts/', pathNot: TEST_FILE },
      to: { pathNot: '^contracts/' },
    },
    {
      name: 'rules-do-not-import-rules',
      comment: 'A rule uses the engine, the Python layer and parts of its own family, never another family.',
      severity: 'error',
      from: { path: '^server/rules/([^/]+)/', pathNot: TEST_FILE },
      to: { path: '^server/rules/[^/]+/', pathNot: '^server/rules/$1/' },
    },
    {
      name: 'rules-speak-no-protocol',
      comment: 'LSP types stay in server/lsp and server/main.',
      severity: 'error',
      from: { path: '^server/(python|engine|rules)/', pathNot: TEST_FILE },
      to: { path: 'node_modules/(vscode-|@vscode/)' },
    },
    {
      name: 'sources-do-not-import-sources',
      comment: 'Power sources fail alone: none knows another.',
      severity: 'error',
      from: { path: '^sampler/sources/([^/]+)/', pathNot: TEST_FILE },
      to: { path: '^sampler/sources/[^/]+/', pathNot: '^sampler/sources/$1/' },
    },
    {
      name: 'nothing-imports-tools-or-tests',
      comment: 'The product does not depend on what builds and tests it.',
      severity: 'error',
      from: { pathNot: '^(tools|test)/|\\.(test|soak|bench)\\.ts$' },
      to: { path: '^(tools|test)/' },
    },
    {
      name: 'no-circles',
      comment: 'A circle of files has no order to read it in.',
      severity: 'error',
      // An evaluator of expressions calls itself through its parts: there a circle is the nature of the thing.
      from: { pathNot: `${TEST_FILE}|^server/python/` },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-missing',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
    {
      name: 'declared-packages-only',
      comment: 'A package must be in package.json under its own name.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], pathNot: '/@types/vscode/' },
    },
    // Debt: entries below are known and only go away. None at present.
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.tools|demo)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'browser', 'default', 'types'],
    },
  },
};
