/** Takes secrets out of a command line before it is stored or shown. */

export const mask = '•••';

const secretName =
  /(?:^|[-_.])(?:api[-_]?key|key|token|secret|password|passwd|pwd|passphrase|credentials?|auth|bearer)(?:$|[-_.\d])|(?:apikey|accesskey|secretkey|authtoken|accesstoken)/i;

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
  // Weights & Biases and other bare hexadecimal keys of 40 digits; a Git commit looks alike and is lost too.
  /\b[a-f0-9]{40}\b/g,
];

/** User and password in a URL. */
const urlCredentials = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@'"]{1,500}@/gi;

const words = /(?:[^\s"']|"[^"]*"|'[^']*')+|\s+/g;

/** The command with the values of secret-looking arguments and variables, and known token shapes, replaced. */
export function maskSecrets(command: string): string {
  let maskNext = false;
  const parts = command.match(words) ?? [command];
  const masked = parts.map((word) => {
    if (/^\s/.test(word)) return word;
    if (maskNext) {
      maskNext = false;
      if (!word.startsWith('-')) return mask;
    }
    const equals = word.indexOf('=');
    const name = (equals < 0 ? word : word.slice(0, equals)).replace(/^["']?-{0,2}/, '');
    const isName = /^[\w.-]{1,100}$/.test(name) && secretName.test(name);
    if (isName && equals >= 0) return word.slice(0, equals + 1) + mask;
    // `--token VALUE`; a bare word such as `key.py` names no value.
    if (isName && word.startsWith('-')) maskNext = true;
    const header = /^(["']?)(authorization|x-api-key|api-key)(\s*:)/i.exec(word);
    return header === null ? word : `${header[1]}${header[2]}${header[3]} ${mask}${header[1]}`;
  });
  let text = masked.join('').replace(urlCredentials, `$1${mask}@`);
  for (const shape of tokenShapes) text = text.replace(shape, mask);
  return text;
}
