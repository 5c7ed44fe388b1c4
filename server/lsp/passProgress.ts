import type { Connection } from 'vscode-languageserver';
import type { PassProgress } from './workspaceDiagnostics.ts';

/** Shown where the editor shows the progress of servers; an editor that shows none is not asked to. */
export function passProgress(connection: Connection, canShow: boolean): PassProgress {
  if (!canShow) return { begin: () => {}, report: () => {}, done: () => {} };
  const bar = connection.window.createWorkDoneProgress();
  let percent = 0;
  return {
    begin: () => void bar.then((it) => it.begin('Checking the workspace', 0)).catch(() => {}),
    report(share) {
      const now = Math.floor(share * 100);
      if (now === percent) return;
      percent = now;
      void bar.then((it) => it.report(now)).catch(() => {});
    },
    done: () => void bar.then((it) => it.done()).catch(() => {}),
  };
}
