/** Takes secrets out of a command line before it is stored or shown. */

export const mask = '•••';

/** Secrets wherever they stand in a name, also glued to another word: `PGPASSWORD`. */
const strongWord =
  /passw(?:or)?ds?|passphrase|passcode|secrets?$|credentials?$|authorization|^bearer$|(?:api|access|secret|private|auth|ssh|license|signing)(?:key|token)s?$/;
const weakWord = /token$|pwd$|^(?:key|pass|auth|signature)$/;
/** `--key-frames 3`, `--token-budget 100`, `--num-key-value-heads 8`: sizes and kinds, no secrets. */
const measureWord =
  /^(?:frames?|points?|dims?|size|len|length|count|budget|limit|types?|level|dropout|heads?|embed(?:ding)?s?|cache|mask|padding)$/;

/** How surely what a variable, an option or a key of this name holds is a secret: `key` and `token` name other things too. */
export function secretName(name: string): 'surely' | 'maybe' | 'no' {
  if (/^(?:OLD)?PWD$/.test(name)) return 'no';
  const wordsOfName = name
    .slice(-200)
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_.]+/)
    .map((word) => word.replace(/\d+$/, ''));
  const strong = wordsOfName.some((word, index) => {
    const joined = `${wordsOfName[index - 1] ?? ''}${word}`;
    return strongWord.test(word) || (/^(?:key|token)s?$/.test(word) && strongWord.test(joined));
  });
  if (strong) return 'surely';
  const weak = wordsOfName.some(
    (word, index) =>
      weakWord.test(word) && !wordsOfName.slice(index + 1).some((later) => measureWord.test(later)),
  );
  return weak ? 'maybe' : 'no';
}

/** Shapes that are secrets wherever they stand. Each runs in linear time: bounded classes, no nesting. */
const tokenShapes: readonly RegExp[] = [
  /\bhf_[A-Za-z0-9]{20,200}/g,
  /\bsk-[A-Za-z0-9_-]{16,200}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,255}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,255}/g,
  /\bglpat-[A-Za-z0-9_-]{16,100}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,200}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,60}/g,
  /\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}/g,
  /\bwandb_v\d_[A-Za-z0-9_]{20,200}/g,
];
/** Weights & Biases and other bare hexadecimal keys of 40 digits; a Git commit looks alike and is lost too. */
const bareKey = /\b[a-f0-9]{40}\b/g;
/** In code such a number is mostly a commit in an address. */
const bareKeyInCode = /(?<![\w/])[a-f0-9]{40}(?![\w/])/g;

/** User and password in a URL. */
const urlCredentials = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/'"]{1,500}@/gi;

/**
 * What a text is. Code names tokens and quotes commits in addresses; prose names a key without giving one, and an answer is
 * prose with pieces of commands in it.
 */
export type MaskedText = 'command' | 'code' | 'prose' | 'answer';

/** What a program fills in, and nothing beside it. */
const onlyFilledIn = /^\\?["']?(?:%s|%\(\w{1,80}\)s|\{[\w.!:]{0,80}\}){1,9}[\\"'.,;:)\]]{0,9}$/;

/** Without what is a secret wherever it stands: known shapes, and user and password in a URL. */
export function maskTokens(text: string, kind: MaskedText): string {
  let masked = text.replace(urlCredentials, `$1${mask}@`);
  masked = masked.replace(kind === 'command' ? bareKey : bareKeyInCode, mask);
  for (const shape of tokenShapes) masked = masked.replace(shape, mask);
  return masked;
}

/** Behind a name: `=`, `:`, `": `, `"] = `; a name of its own when blanks and a bare word follow only the sign. */
const assignment = /\\?["']?\]?(\s{0,8})(?:==?|:(?!\/\/))(\s{0,8})/y;
/** Behind an option: blanks, or the comma between two strings of a list. */
const optionGap = /(?:\\?["']\s{0,8},)?\s{1,20}(?!-)|\\?["'],(?=\\?["'])/y;
const authScheme = /(?:bearer|basic|digest|token)(?:\s|\\ ){1,8}/iy;

const isBlank = (character: string | undefined): boolean => character !== undefined && /\s/.test(character);

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The quotation mark that is open at a place, told for growing places in one pass over the text. */
function quoteTeller(text: string): (place: number) => string {
  let at = 0;
  let open = '';
  return (place) => {
    for (; at < place; at += 1) {
      const character = text.charAt(at);
      if (character === '\\' && open !== "'") at += 1;
      else if (open === '' ? character === '"' || character === "'" : character === open)
        open = open === '' ? character : '';
    }
    return open;
  };
}

/** Behind the closing mark of the string that opens at `from`; the end of the text when none closes it. */
function stringEnd(text: string, from: number, mark: string): number {
  for (let at = from + mark.length; at < text.length; at += 1) {
    if (text.startsWith(mark, at)) return at + mark.length;
    if (text.charAt(at) === '\\') at += 1;
  }
  return text.length;
}

/** Where a value ends. Outside quotation marks it is a word of a shell, with its strings and escaped blanks. */
function valueEnd(text: string, from: number, open: string): number {
  let at = from;
  while (at < text.length) {
    const character = text.charAt(at);
    const mark = /^\\?["']/.exec(text.slice(at, at + 2))?.[0];
    if (mark !== undefined && mark !== open && (open === '' ? mark.length === 1 : at === from)) {
      at = stringEnd(text, at, mark);
      if (open !== '') return at;
    } else if (open !== '' && mark !== undefined) return at;
    else if (isBlank(character)) return at;
    else at += character === '\\' ? 2 : 1;
  }
  return text.length;
}

/** Where the value of the name that ends at `end` starts; null when the name has none. */
function valueStart(text: string, name: string, end: number): number | null {
  const assigned = matchAt(assignment, text, end);
  if (assigned !== null) {
    const start = end + assigned[0].length;
    const [, before, after] = assigned;
    const sign = assigned[0].trimEnd().at(-1);
    // `HF_TOKEN= python train.py` assigns nothing.
    const apart = after !== '' && before === '' && sign === '=' && !/["'\\]/.test(text.charAt(start));
    return apart ? null : start;
  }
  if (!name.startsWith('-') && !/^bearer$/i.test(name)) return null;
  const gap = matchAt(optionGap, text, end);
  return gap === null ? null : end + gap[0].length;
}

/** Whether a name that may mean another thing is taken for a secret's: in an answer as an option or before a bare `=`. */
const mayBeMeant = (kind: MaskedText, name: string, between: string): boolean =>
  kind === 'answer' ? name.startsWith('--') || between === '=' : kind !== 'prose';

/** The command with the values of secret-looking arguments and variables, and known token shapes, replaced. */
export function maskSecrets(command: string, kind: MaskedText = 'command'): string {
  const names = /[\w.-]+/g;
  const openAt = quoteTeller(command);
  let kept = '';
  let copied = 0;
  for (let found = names.exec(command); found !== null; found = names.exec(command)) {
    const [name] = found;
    const end = found.index + name.length;
    const start = valueStart(command, name, end);
    if (start === null || start >= command.length) continue;
    const sure = secretName(name.slice(-200).replace(/^-+/, ''));
    if (sure === 'no' || (sure === 'maybe' && !mayBeMeant(kind, name, command.slice(end, start)))) continue;
    const scheme = matchAt(authScheme, command, start)?.[0] ?? '';
    const stop = valueEnd(command, start + scheme.length, openAt(start));
    if (stop <= start) continue;
    if (kind !== 'command' && onlyFilledIn.test(command.slice(start + scheme.length, stop).slice(0, 999)))
      continue;
    kept += command.slice(copied, start) + mask;
    copied = stop;
    names.lastIndex = stop;
  }
  return maskTokens(kept + command.slice(copied), kind);
}
