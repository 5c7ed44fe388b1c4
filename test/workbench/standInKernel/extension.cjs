// Runs the cells of a notebook in a process of its own, as the Jupyter extension does: below the extension host, started
// with a connection file, numbered once it begins, interrupted by a signal.
const { spawn } = require('node:child_process');
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const vscode = require('vscode');

let kernel;
let answers;
let order = 0;

function start(folder) {
  kernel = spawn('python3', [join(__dirname, 'kernel.py'), '-f', join(folder, 'kernel-v3c0ffee.json')], {
    cwd: folder,
    env: { ...process.env, PERJOULE_SIM: '.perjoule/sim.jsonl' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  answers = createInterface({ input: kernel.stdout })[Symbol.asyncIterator]();
}

async function run(controller, cell) {
  const execution = controller.createNotebookCellExecution(cell);
  if (kernel === undefined) start(vscode.workspace.workspaceFolders[0].uri.fsPath);
  order += 1;
  execution.executionOrder = order;
  execution.start(Date.now());
  await execution.clearOutput();
  kernel.stdin.write(`${JSON.stringify(cell.document.getText())}\n`);
  const output = new vscode.NotebookCellOutput([]);
  await execution.appendOutput(output);
  for (;;) {
    const { value } = await answers.next();
    const { text, done, error } = JSON.parse(value);
    if (text !== undefined) {
      await execution.appendOutputItems(vscode.NotebookCellOutputItem.stdout(text), output);
      continue;
    }
    if (error !== undefined) {
      const failure = vscode.NotebookCellOutputItem.error({ name: error, message: '', stack: '' });
      await execution.appendOutput(new vscode.NotebookCellOutput([failure]));
    }
    execution.end(done, Date.now());
    return;
  }
}

exports.activate = ({ subscriptions }) => {
  const controller = vscode.notebooks.createNotebookController('stand-in', 'jupyter-notebook', 'Stand-in');
  controller.supportedLanguages = ['python'];
  controller.supportsExecutionOrder = true;
  controller.executeHandler = async (cells) => {
    for (const cell of cells) await run(controller, cell);
  };
  controller.interruptHandler = () => kernel?.kill('SIGINT');
  for (const notebook of vscode.workspace.notebookDocuments)
    controller.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
  subscriptions.push(controller, { dispose: () => kernel?.kill('SIGKILL') });
};
