/** The environment that puts the probe into the Python programs of a command. */

import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside the bundle's folder, and beside this one. */
const place = fileURLToPath(new URL('../probe/', import.meta.url)).replace(/[\\/]$/, '');

/** The same environment where the probe cannot be used. */
export function probedEnvironment(folder: string | null, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (folder === null || !existsSync(place)) return environment;
  const paths = environment['PYTHONPATH'];
  return {
    ...environment,
    PERJOULE_PROBE: folder,
    PYTHONPATH: paths === undefined || paths === '' ? place : `${place}${delimiter}${paths}`,
  };
}
