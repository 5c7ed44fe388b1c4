/**
 * First words that never start a training program. Anything else may: wrappers, launchers and scripts have any name,
 * and the sampler looks at the processes, not at the words.
 */
const neverPrograms = new Set(
  (
    'cd ls ll la pwd cat less more head tail grep rg find fd tree echo printf export unset set source . alias ' +
    'clear history which type man vi vim nvim nano emacs code git gh diff cp mv rm mkdir rmdir touch chmod chown ' +
    'ln df du ps top htop nvtop nvitop nvidia-smi kill killall jobs fg bg wc sort uniq curl wget tar zip unzip ' +
    'apt apt-get brew pip pip3 npm npx pnpm yarn ssh scp rsync exit logout date whoami'
  ).split(' '),
);

/** Whether a typed command could start a program worth following; one of several is enough, as in `cd run && python …`. */
export function mayStartProgram(command: string): boolean {
  // Separators within quotes cut too much, which only means a look at processes that are none.
  return command.split(/[;&|\n(){}]+/).some((part) => {
    const words = part.trim().split(/\s+/);
    // Leading assignments such as `CUDA_VISIBLE_DEVICES=1 python train.py` are not the program.
    const first = words.find((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
    return first !== undefined && first !== '' && !neverPrograms.has(first);
  });
}

const quotedText = /'[^']*'|"(?:\\.|[^"\\])*"/gs;

/** Whether a command leaves a program in the background, which prints on when the shell shows its next prompt. */
export const leavesBackground = (command: string): boolean =>
  /(?<![&<>|])&(?![&>])|^\s*bg\b/.test(command.replace(quotedText, ''));

/**
 * The command at the end of what a terminal showed after its prompt. The editor reads a command from the screen, and
 * what a program in the background printed at the prompt comes with it as lines before it. On the command's own line it
 * cannot be told from the command.
 */
export function commandAfterOutput(shown: string): string {
  const lines = shown.split('\n');
  for (let from = lines.length - 1; from > 0; from -= 1) {
    const text = lines.slice(from).join('\n');
    if (text.trim() !== '' && !lines[from - 1]?.endsWith('\\') && isWhole(text)) return text;
  }
  return shown;
}

const blocks = [
  [/\bdo\b/g, /\bdone\b/g],
  [/\bif\b/g, /\bfi\b/g],
  [/\bcase\b/g, /\besac\b/g],
  [/[{(]/g, /[})]/g],
] as const;

/** Whether the text goes on with nothing, neither a quote nor a block, that was opened above it. */
function isWhole(text: string): boolean {
  const bare = text.replace(quotedText, '');
  const count = (pattern: RegExp): number => bare.match(pattern)?.length ?? 0;
  const goesOn = /^\s*(do|then|else|elif)\b/.test(bare) || /['"]/.test(bare);
  return !goesOn && blocks.every(([opens, closes]) => count(closes) <= count(opens));
}

/** One argument, quoted for the shell that will read it as typed text. */
export function quoteArgument(argument: string, shell: 'posix' | 'powershell'): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(argument)) return argument;
  return shell === 'posix' ? `'${argument.replaceAll("'", `'\\''`)}'` : `'${argument.replaceAll("'", "''")}'`;
}

/** Words of a command as one would type them into a POSIX shell; for showing, not for running. */
export const shownWords = (words: readonly string[]): string =>
  words.map((word) => quoteArgument(word, 'posix')).join(' ');
