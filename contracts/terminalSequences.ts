/** What in a text from outside would steer a terminal or turn the direction of writing: one list for every door. */

/**
 * A whole escape sequence, with 7 or 8 bits, and one that was cut off: commands (`ESC [ 31 m`), strings (`ESC ] 0;title
 * BEL`), two letters (`ESC c`). Where only the first byte goes, the rest stays as text.
 */
const sequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b[PX\]^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;
/** Tabs and line breaks are none of them. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export const withoutSequences = (text: string): string => text.replace(sequences, '');

/** Nor control characters and direction marks. */
export const withoutControls = (text: string): string => withoutSequences(text).replace(controls, '');
