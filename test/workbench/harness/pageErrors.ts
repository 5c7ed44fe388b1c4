import type { ConsoleMessage, Page } from 'playwright-core';

/**
 * Noise of this build of VS Code on a machine without its optional native parts and without a network. Each entry says
 * where it comes from; anything else counts.
 */
const HARMLESS: readonly RegExp[] = [
  // Native parts that are not compiled: logged by the server and forwarded to the page.
  /spdlog|native-watchdog|sqlite3/,
  // Microsoft's signing part, which only its own builds carry.
  /\/vsda\/rust\/web\/vsda/,
  // Look-ups of outside hosts by the server (extension gallery) end like this without a network.
  /getaddrinfo (ENOTFOUND|EAI_AGAIN)/,
  // VS Code's own remark on every reload of a page.
  /\[lifecycle\] Long running operations during shutdown are unsupported in the web/,
  // A reload cuts off what the page was just reading or writing.
  /Unable to read file .*\(Canceled: Canceled\)/,
  /IndexedDB database '[^']*' is closed/,
  // Signing in to GitHub needs GitHub.
  /waiting for authentication provider 'github'/,
  // Look-ups of outside hosts (extension gallery, experiments) end like this without a network.
  /net::ERR_(NAME_NOT_RESOLVED|INTERNET_DISCONNECTED|CONNECTION_(REFUSED|RESET|CLOSED)|PROXY_CONNECTION_FAILED|ADDRESS_UNREACHABLE|TUNNEL_CONNECTION_FAILED|CERT_[A-Z_]+)/,
];

/** Collects what the page reports as errors, less the noise. */
export function watchPageErrors(page: Page): () => readonly string[] {
  const errors: string[] = [];
  const take = (text: string): void => {
    if (!HARMLESS.some((pattern) => pattern.test(text))) errors.push(text);
  };
  page.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error') take(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => take(error.stack ?? error.message));
  return () => errors;
}
