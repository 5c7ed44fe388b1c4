import type { Page } from 'playwright-core';

/** Elements that stick out of the page, or whose text is cut without an ellipsis. Scrolled regions may hold more. */
export function overflows(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const nameOf = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}: ${element.textContent?.slice(0, 40)}`;
    if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways');
    for (const element of document.querySelectorAll('#perjoule-panel *')) {
      if (element.closest('.visually-hidden, svg, option') !== null) continue;
      const box = element.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) continue;
      const scrolled = element.closest('.table-scroll, .compare') !== null;
      if (!scrolled && (box.left < -0.5 || box.right > innerWidth + 0.5))
        found.push(`outside: ${nameOf(element)}`);
      const style = getComputedStyle(element);
      const cut = element.scrollWidth > element.clientWidth + 1 && style.overflowX === 'hidden';
      if (cut && style.textOverflow !== 'ellipsis' && element.children.length === 0)
        found.push(`cut: ${nameOf(element)}`);
    }
    return found;
  });
}

/** Figures and lines of the code that are cut, with an ellipsis or without: a number that is half there is a wrong number. */
export function cutFigures(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.figure-value, .figure-partner, .figure-note, .place-name, .certainty')]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => element.textContent ?? ''),
  );
}
