// Every tool that is fetched besides the project's own dependencies, pinned in one place.
// They stay out of package.json: each is large, and only some commands need it.

export const versions = /** @type {const} */ ({
  /** The runtime of every tool, test and server, whatever Node the machine has. */
  node: '24.21.0',
  /** VS Code 1.139.1: the real workbench and the real extension host. */
  codeServer: '4.139.1',
  /** The only Node major that code-server accepts comes with `node` above. */
  browser: '153.0.0',
  /** The floor of engines.vscode: VS Code 1.103.2, and the Node it was made for. */
  floorCodeServer: '4.103.2',
  floorNode: '22.23.3',
});

/** The oldest Node that can run the bootstrap itself. */
export const OLDEST_NODE_MAJOR = 20;
