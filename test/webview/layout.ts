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

/** Labels of a plan's picture that its curve runs through, or that stick out of it. */
export function struckLabels(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const picture = document.querySelector('.plan-picture')?.getBoundingClientRect();
    const curve = [...document.querySelectorAll<SVGLineElement>('.plan-line')].flatMap((line) => {
      const [from, to] = [line.x1, line.x2].map(({ baseVal }) => baseVal.value);
      const [above, below] = [line.y1, line.y2].map(({ baseVal }) => baseVal.value);
      const along = (a = 0, b = 0, share = 0): number => a + (b - a) * share;
      return Array.from({ length: 101 }, (_, at) => ({
        x: (picture?.left ?? 0) + along(from, to, at / 100),
        y: (picture?.top ?? 0) + along(above, below, at / 100),
      }));
    });
    if (picture === undefined || curve.length === 0) return ['no curve'];
    return [...document.querySelectorAll('.plan-picture text')]
      .filter((label) => {
        const { left, right, top, bottom } = label.getBoundingClientRect();
        const struck = curve.some(({ x, y }) => x > left && x < right && y > top && y < bottom);
        return struck || left < picture.left - 0.5 || right > picture.right + 0.5;
      })
      .map((label) => label.textContent ?? '');
  });
}

/** Figures and lines of the code that are cut, with an ellipsis or without: a number that is half there is a wrong number. */
export function cutFigures(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll(
        '.figure-value, .figure-partner, .figure-note, .place-name, .certainty, .notice-text',
      ),
    ]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => element.textContent ?? ''),
  );
}
