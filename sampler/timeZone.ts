/** The time zone of this machine, by the names of the IANA database. */

import { readlinkSync } from 'node:fs';

/** Where POSIX systems say it, as a link into the database. */
const localTime = '/etc/localtime';
const plainName = /^(?:UTC|[A-Za-z]\w*(?:\/[\w+-]+)+)$/;
const zoneOf = /(?:^|\/)zoneinfo\/(?:posix\/|right\/)?([A-Za-z][\w+-]*(?:\/[\w+-]+)*)$/;

/**
 * By the link where the environment says nothing else: to ask the runtime loads its tables of languages and
 * calendars, 7 MB for one name.
 */
export function timeZone(
  environment: NodeJS.ProcessEnv = process.env,
  linkTarget: () => string = () => readlinkSync(localTime),
): string {
  // Other forms of the variable are rules without a name, or paths: the runtime makes of them what it can.
  const told = environment['TZ'];
  if (told !== undefined && plainName.test(told)) return told;
  if (told === undefined && process.platform !== 'win32') {
    try {
      const name = zoneOf.exec(linkTarget())?.[1];
      if (name !== undefined) return name;
    } catch {
      // No link: a copy, whose name only the runtime finds.
    }
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
