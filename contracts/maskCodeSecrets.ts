/**
 * Takes secrets out of Python code and of what quotes it, such as a diff. Only values go, from between the quotation marks
 * that hold them: names, calls and the shape of the code stay for whoever reads a fix.
 */

import { type MaskedText, mask, maskSecrets, maskTokens, secretName } from './maskSecrets.ts';

/** The beginning of a string; an apostrophe inside a word is none. */
const stringStart = /(?<![\w'"])(?:[rbuf]{1,2})?("""|'''|"|')/iy;
/** A name and what may stand between it and its string: an annotation, the sign, a bracket, the sign of a diff. */
const nameBefore = /([\w.]+)\s*(?::\s*[\w.[\]|, ]{1,80})?\s*[!=]?=[\s()[\]+\\-]*$/;
/** Behind a name that is a string itself: `"token": `, `["token"] = `. */
const signBetween = /^\s*\]?\s*(?:[!=]?=|:)\s*$/;
const lookUp = /\b(?:get|getenv|pop|setdefault|putenv|setenv|set)\(\s*$/;
const otherwise = /^\s*(?:,|[)\]]\s*or)\s*$/;
const optionBetween = /^\s*,(?:[^"'\n]{0,120}\bdefault\s*=)?\s*$/;
/** Between two parts of one string, over the lines of a diff too. */
const joint = /^[\s()+\\-]*$/;
/** Marks of a vocabulary, as in `pad_token="<pad>"`. */
const vocabularyMark = /^(?:<.*>|\[.*\]|\W*)$/s;
const plainEntry = /^[A-Za-z_ -]{0,40}$/;
/** What a program fills in: under a name that may mean another thing the text around it is a form. */
const placeholder = /%[-.\d]*[sdfrgi]|\{[\w.!:]*\}/;
/** All that a form of a secret may be. */
const bareForm = /^(?:%s|\{\})$/;
/** In an f-string what stands in braces is code. */
const inBraces = /(\{[^{}]*\})/;
const schemeOnly = /^\s*(?:bearer|basic|digest|token)?\s*$/i;

/** What stands before a string. */
interface Before {
  /** Code since the last string, or since the beginning. */
  readonly code: string;
  /** The last string, and the code before it. */
  readonly text: string;
  readonly codeBefore: string;
  readonly wasSecret: boolean;
}

function isSecretOf(name: string, value: string): boolean {
  const sure = secretName(name.replace(/^-+/, ''));
  if (sure === 'no' || value === '' || bareForm.test(value)) return false;
  if (sure === 'surely') return true;
  if (placeholder.test(value)) return false;
  return !vocabularyMark.test(value) && !(/key/i.test(name) && plainEntry.test(value));
}

function isSecret({ code, text, codeBefore, wasSecret }: Before, value: string): boolean {
  if (wasSecret && joint.test(code)) return true;
  const named = nameBefore.exec(code)?.[1];
  if (named !== undefined && isSecretOf(named, value)) return true;
  if (!/^[\w.-]{1,80}$/.test(text)) return false;
  const option = text.startsWith('-') && !value.startsWith('-') && optionBetween.test(code);
  const looked = lookUp.test(codeBefore.slice(-40)) && otherwise.test(code);
  return (option || looked || signBetween.test(code)) && isSecretOf(text, value);
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/**
 * Where the string ends that is open at `from`: with its line where nothing closes it, as in a piece of a file.
 * @param unclosed quotation marks of three that nothing closes in the rest, so that it is looked through once for each
 */
function stringEnd(text: string, from: number, quote: string, unclosed: Set<string>): number {
  if (unclosed.has(quote)) return lineEnd(text, from);
  const last = quote.length === 1 ? lineEnd(text, from) : text.length;
  for (let at = from; at < last; at += 1) {
    if (text.startsWith(quote, at)) return at;
    if (text.charAt(at) === '\\') at += 1;
  }
  if (quote.length > 1) unclosed.add(quote);
  return lineEnd(text, from);
}

/** So much of the code before a string is looked at. */
const farthest = 200;

/** Line by line, so that none is lost. */
const maskedWords = (text: string, kind: MaskedText): string =>
  text
    .split('\n')
    .map((line) => maskSecrets(line, placeholder.test(line) ? 'prose' : kind))
    .join('\n');

/** A mask for each line; the sign of a diff stays. */
const maskedLines = (value: string): string => value.replace(/(^|\n[ +-]?)[^\n]*/g, `$1${mask}`);

/** What stands beside the braces; the name of a scheme alone is no secret. */
const maskedForm = (value: string): string =>
  value
    .split(inBraces)
    .map((part, at) => (at % 2 === 1 || schemeOnly.test(part) ? part : maskedLines(part)))
    .join('');

const maskedString = (opening: string, value: string): string =>
  /f/i.test(opening) && inBraces.test(value) ? maskedForm(value) : maskedLines(value);

export function maskCodeSecrets(text: string): string {
  let masked = '';
  let before: Before = { code: '', text: '', codeBefore: '', wasSecret: false };
  let codeFrom = 0;
  const unclosed = new Set<string>();
  for (let at = 0; at < text.length; ) {
    if (text.charAt(at) === '#') {
      const end = lineEnd(text, at);
      masked += text.slice(codeFrom, at) + maskedWords(text.slice(at, end), 'prose');
      before = { ...before, code: (before.code + text.slice(codeFrom, at)).slice(-farthest) };
      codeFrom = at = end;
      continue;
    }
    stringStart.lastIndex = at;
    const start = stringStart.exec(text);
    if (start === null) {
      at += 1;
      continue;
    }
    const [opening, quote = ''] = start;
    const from = at + opening.length;
    const end = stringEnd(text, from, quote, unclosed);
    const value = text.slice(from, end);
    before = { ...before, code: (before.code + text.slice(codeFrom, at)).slice(-farthest) };
    const secret = isSecret(before, value);
    masked +=
      text.slice(codeFrom, from) +
      (secret ? maskedString(opening, value) : maskedWords(value, quote.length > 1 ? 'prose' : 'code'));
    before = { code: '', text: value, codeBefore: before.code, wasSecret: secret };
    const closed = text.startsWith(quote, end) ? quote.length : 0;
    masked += text.slice(end, end + closed);
    codeFrom = at = end + closed;
  }
  return maskTokens(masked + text.slice(codeFrom), 'code');
}
