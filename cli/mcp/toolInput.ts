/** What a model passed to a tool: of any type, until it was looked at. */

import { UsageError } from '../usageError.ts';

export type ToolInput = Readonly<Record<string, unknown>>;

/** A text, or a number that was meant as one. @throws UsageError */
export function textInput(input: ToolInput, name: string): string {
  const value = input[name];
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' && value !== '') return value;
  throw new UsageError(`"${name}" must be a text.`);
}

/** @throws UsageError for anything but a whole number from 1 */
export function countInput(input: ToolInput, name: string): number {
  const value = Number(input[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UsageError(`"${name}" must be a whole number from 1.`);
}
