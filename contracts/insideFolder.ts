/** Which paths the tools for agents may read: pure, so that command line and editor decide alike. */

/**
 * Whether a path lies in a folder or is it. Both as the system resolves them, without links and `..`; `separator` is the
 * system's: elsewhere a backslash is a letter like any other.
 */
export function isInsideFolder(folder: string, path: string, separator: string): boolean {
  if (path === folder) return true;
  return path.startsWith(folder.endsWith(separator) ? folder : folder + separator);
}
