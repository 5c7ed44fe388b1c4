/** One tab stop for a row of buttons, or for a menu's column; the arrow keys move inside it. */

export function roving(
  row: HTMLElement,
  select?: (button: HTMLButtonElement) => void,
  [forward, back]: readonly [forward: string, back: string] = ['ArrowRight', 'ArrowLeft'],
): { refresh(): void } {
  const buttons = (): HTMLButtonElement[] => [...row.querySelectorAll('button')];
  const isCurrent = (button: HTMLButtonElement): boolean =>
    button.getAttribute('aria-selected') === 'true' || button.getAttribute('aria-pressed') === 'true';

  function refresh(): void {
    const all = buttons();
    const focused = all.find((button) => button === document.activeElement);
    const stop = focused ?? all.find(isCurrent) ?? all[0];
    for (const button of all) button.tabIndex = button === stop ? 0 : -1;
  }

  row.addEventListener('keydown', (event) => {
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    if (at < 0) return;
    const targets: Record<string, number> = {
      [forward]: (at + 1) % all.length,
      [back]: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    const target = all[targets[event.key] ?? -1];
    if (target === undefined) return;
    event.preventDefault();
    target.focus();
    select?.(target);
    refresh();
  });
  row.addEventListener('focusout', refresh);
  return { refresh };
}
