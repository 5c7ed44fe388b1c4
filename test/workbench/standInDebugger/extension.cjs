// Speaks the debug adapter protocol as Python's debugger does, for the few messages that tell of a program. It runs the
// program itself, or asks the editor to run it in a terminal: that is all it debugs.
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const vscode = require('vscode');

class Adapter {
  #emitter = new vscode.EventEmitter();
  onDidSendMessage = this.#emitter.event;
  #seq = 0;
  #child;

  #send(message) {
    this.#seq += 1;
    this.#emitter.fire({ seq: this.#seq, ...message });
  }

  #event(event, body = {}) {
    this.#send({ type: 'event', event, body });
  }

  handleMessage(message) {
    if (message.type !== 'request') return;
    this.#send({
      type: 'response',
      request_seq: message.seq,
      command: message.command,
      success: true,
      body: {},
    });
    if (message.command === 'initialize') this.#event('initialized');
    if (message.command === 'launch') this.#launch(message.arguments);
    if (message.command === 'disconnect' || message.command === 'terminate') this.#child?.kill();
  }

  #launch({ program, args, cwd, env, console: where }) {
    if (where === 'integratedTerminal') this.#launchInTerminal({ program, args, cwd, env });
    else this.#launchHere({ program, args, cwd, env });
  }

  #launchHere({ program, args, cwd, env }) {
    const child = spawn('python3', [program, ...args], { cwd, env: { ...process.env, ...env } });
    this.#child = child;
    this.#event('process', {
      name: program,
      systemProcessId: child.pid,
      isLocalProcess: true,
      startMethod: 'launch',
    });
    for (const category of ['stdout', 'stderr'])
      child[category].on('data', (data) => this.#event('output', { category, output: data.toString() }));
    child.once('close', (exitCode) => this.#over(exitCode));
  }

  /** A launcher in the terminal starts the program as its child and says which process it is, as the real one does. */
  #launchInTerminal({ program, args, cwd, env }) {
    const launcher = join(tmpdir(), `launcher-${process.pid}.py`);
    const said = join(tmpdir(), `launcher-${process.pid}.txt`);
    writeFileSync(
      launcher,
      [
        'import subprocess, sys',
        'child = subprocess.Popen([sys.executable] + sys.argv[2:])',
        'open(sys.argv[1], "w").write(f"{child.pid}\\n")',
        'code = child.wait()',
        'open(sys.argv[1], "a").write(f"{code}\\n")',
        'sys.exit(code)',
      ].join('\n'),
    );
    writeFileSync(said, '');
    this.#send({
      type: 'request',
      command: 'runInTerminal',
      arguments: { kind: 'integrated', cwd, env, args: ['python3', launcher, said, program, ...args] },
    });
    let told = false;
    const timer = setInterval(() => {
      const [pid, code] = require('node:fs')
        .readFileSync(said, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(Number);
      if (pid !== undefined && !told) {
        told = true;
        this.#event('process', {
          name: program,
          systemProcessId: pid,
          isLocalProcess: true,
          startMethod: 'launch',
        });
      }
      if (code === undefined) return;
      clearInterval(timer);
      this.#over(code);
    }, 50);
  }

  #over(exitCode) {
    this.#event('exited', { exitCode });
    this.#event('terminated');
  }

  dispose() {
    this.#child?.kill();
  }
}

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory('debugpy', {
      createDebugAdapterDescriptor: () => new vscode.DebugAdapterInlineImplementation(new Adapter()),
    }),
  );
};
