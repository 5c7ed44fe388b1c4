import { until } from '../../tools/until.ts';
import { processesMarked } from '../../tools/vscode/processes.ts';
import type { Workbench } from './harness/workbench.ts';

/**
 * Waits until a window with Python files has finished its start: VS Code activates extensions last, and this one then
 * starts its checker. A person has not typed a command by then; a test would have.
 */
export async function untilSettled(workbench: Workbench): Promise<void> {
  await until(
    'the window to settle',
    () => processesMarked(workbench.session.root).some(({ command }) => command.includes('dist/server.js')),
    60_000,
  );
}
