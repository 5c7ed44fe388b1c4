/** Which paths the tools for agents may read: pure, so that command line and editor decide alike. */

/** Said of a file that was found in a folder and is a link to another place. */
export const leadsOut = 'It leads out of the folder and is not read.';
export const mayNotBeListed = 'The folder may not be listed.';

/**
 * Whether a path lies in a folder or is it. Both as the system resolves them, without links and `..`; `separator` is the
 * system's: elsewhere a backslash is a letter like any other.
 */
export function isInsideFolder(folder: string, path: string, separator: string): boolean {
  if (path === folder) return true;
  return path.startsWith(folder.endsWith(separator) ? folder : folder + separator);
}
