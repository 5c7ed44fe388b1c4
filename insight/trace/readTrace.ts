/** From the text of a trace, as it arrives, to what it shows. */

import { EventScanner } from './eventScanner.ts';
import { FrameBook } from './frameBook.ts';
import { TraceError } from './traceError.ts';
import { TraceLog } from './traceLog.ts';
import { type TraceFacts, traceFacts } from './traceSummary.ts';

/** Some gigabytes of memory; the traces of a few steps have thousands to millions. */
const mostEvents = 20_000_000;

/** @throws TraceError for what is no trace, or one that is cut off */
export async function readTrace(chunks: AsyncIterable<string>): Promise<TraceFacts> {
  const log = new TraceLog(new FrameBook());
  const scanner = new EventScanner(log);
  for await (const chunk of chunks) {
    scanner.push(chunk);
    if (scanner.events > mostEvents)
      throw new TraceError('it has more than 20 million events: trace fewer steps');
  }
  scanner.end();
  return traceFacts(log, scanner.unreadable);
}
