/**
 * A sheet is a text that an editor shows by itself: a file, or one cell of a notebook. A file is one sheet; the sheets of
 * a notebook are analysed together as one module, and places in it are told in the sheet where they begin.
 */

import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Span } from '../engine/finding.ts';

export interface Sheet {
  readonly uri: string;
  /** Null for a file that is not open. */
  readonly version: number | null;
  /** The sheet's own text, as long as its part of the module. */
  readonly document: TextDocument;
  /** Where it begins in the module. */
  readonly start: number;
  /** Number of the cell in a notebook that is not open: its cells have no address of their own then. */
  readonly cell?: number;
}

/** Sheets are in the order of the module. */
export function sheetAt(sheets: readonly Sheet[], offset: number): Sheet | undefined {
  return sheets.findLast((sheet) => sheet.start <= offset);
}

/** The text of a module; sheets lie in it where they begin. */
export const wholeText = (sheets: readonly Sheet[]): string =>
  sheets.map(({ document }) => document.getText()).join('\n');

/** A span that runs on into the next cell ends with its own. */
export function rangeIn(sheet: Sheet, span: Span): Range {
  return {
    start: sheet.document.positionAt(span.start - sheet.start),
    end: sheet.document.positionAt(span.end - sheet.start),
  };
}
