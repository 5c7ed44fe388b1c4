import { dirname } from 'node:path';

/** The root of the checkout: every path of the tools and tests starts here, whatever folder they run from. */
export const projectFolder = dirname(import.meta.dirname);
