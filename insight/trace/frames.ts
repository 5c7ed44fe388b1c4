/** Frames of Python as the profiler writes them: `train.py(20): train_step`, innermost first in a stack of text. */

import type { TraceFrame } from '../../contracts/trace.ts';

/** Code that waits on behalf of its caller: a wait in it is told at the line that called it. */
const passedOver = new Set([
  ...['torch', 'torchvision', 'torchaudio', 'functorch', 'numpy', 'tqdm', 'apex', 'triton'],
  ...['abc', 'ast', 'asyncio', 'bdb', 'codecs', 'collections', 'concurrent', 'contextlib', 'copy', 'copyreg'],
  ...[
    'dataclasses',
    'enum',
    'functools',
    'importlib',
    'inspect',
    'json',
    'linecache',
    'logging',
    'multiprocessing',
  ],
  ...[
    'os',
    'pickle',
    'posixpath',
    'ntpath',
    'queue',
    'random',
    're',
    'runpy',
    'selectors',
    'shutil',
    'signal',
  ],
  ...[
    'socket',
    'string',
    'subprocess',
    'tempfile',
    'threading',
    'traceback',
    'typing',
    'uuid',
    'warnings',
    'weakref',
  ],
]);
const frameForm = /^(.+)\((\d+)\): ([^\n]*)$/;

/** Null for what is no frame of a file, as a built-in function or a module's `nn.Module: Linear_0`. */
export function parseFrame(text: string): TraceFrame | null {
  const match = frameForm.exec(text);
  const path = match?.[1] ?? '';
  if (match === null || path.startsWith('<')) return null;
  return { path, line: Number(match[2]), name: match[3] ?? '' };
}

/** Null too for what is passed over. */
export function ownFrame(text: string): TraceFrame | null {
  const frame = parseFrame(text);
  return frame === null || isPassedOver(frame.path) ? null : frame;
}

export function innermostOwn(stack: string): TraceFrame | null {
  for (const part of stack.split(';')) {
    const frame = ownFrame(part.trim());
    if (frame !== null) return frame;
  }
  return null;
}

function isPassedOver(path: string): boolean {
  const parts = path.replaceAll('\\', '/').split('/');
  const packages = parts.findLastIndex((part) => part === 'site-packages' || part === 'dist-packages');
  if (packages < 0 && parts.some((part, at) => /^python3\.\d+$/.test(part) && parts[at - 1] === 'lib'))
    return true;
  const absolute = packages < 0 && (path.startsWith('/') || /^[A-Za-z]:/.test(path));
  return !absolute && passedOver.has((parts[packages + 1] ?? '').replace(/\.pyc?$/, ''));
}

/** Whether a trace's path, which may lack the folder that Python searched, is this file. */
export function isFile(tracePath: string, path: string): boolean {
  const wanted = tracePath.replaceAll('\\', '/').replace(/^\.\//, '');
  const file = path.replaceAll('\\', '/');
  return file === wanted || file.endsWith(`/${wanted}`);
}
