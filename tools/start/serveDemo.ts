import { processesMarked } from '../vscode/processes.ts';
import { installExtension, startServer } from '../vscode/server.ts';
import { createSession } from '../vscode/session.ts';

export interface ServeOptions {
  readonly vsix: string;
  readonly port?: number;
  copyDemo(folder: string): void;
}

/** Resolves with the address; the process then lives until it is told to stop or the server ends. */
export async function serveDemo({ vsix, port, copyDemo }: ServeOptions): Promise<string> {
  const session = createSession();
  let stopping = false;
  const stop = async (line: string, code: number): Promise<void> => {
    // The terminal signals the whole group and npm repeats it: one stop is enough, and a second must not cut it short.
    if (stopping) return;
    stopping = true;
    console.log(`\n${line}`);
    await session.dispose();
    const left = processesMarked(session.root);
    if (left.length > 0) console.error(`left running: ${JSON.stringify(left)}`);
    process.exit(left.length > 0 ? 1 : code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop('stopping …', 0));
  }
  // Killed without a word, whoever started us leaves us without a terminal to answer to.
  const startedBy = process.ppid;
  setInterval(() => {
    if (process.ppid !== startedBy) void stop('stopping: the terminal is gone …', 0);
  }, 1000).unref();

  try {
    copyDemo(session.workspace);
    await installExtension(session, vsix);
    const server = await startServer(session, port === undefined ? {} : { port });
    server.process.once('exit', () => void stop('the VS Code server ended by itself', 1));
    return `${server.origin}/?folder=${encodeURIComponent(session.workspace)}`;
  } catch (error) {
    await session.dispose();
    throw error;
  }
}
