import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { PipelineChoice, PipelineState, PlannerAnswer } from '../../contracts/pipelinePlan.ts';
import type { HostMessage } from '../../contracts/viewProtocol.ts';
import { Planner } from '../../planner/planner.ts';
import { profileText, publishedShape } from '../perseus/reference.ts';
import { overflows } from './layout.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { emptyHydrate, hydrate } from './recordings.ts';
import { themeNames } from './themes.ts';

/** The desk's part, with the real planner over the published profile. */
class Desk {
  #answer: PlannerAnswer | undefined;
  readonly #planner = new Planner(
    (answer) => {
      this.#answer = answer;
    },
    () => 0,
  );

  solved(): HostMessage {
    this.#planner.handle({ type: 'solve', text: profileText(), shape: publishedShape });
    assert.ok(this.#answer?.type === 'solved');
    return pipeline({ frontier: this.#answer.frontier });
  }

  chosen(choice: PipelineChoice): HostMessage {
    this.#planner.handle({ type: 'choose', choice });
    assert.ok(this.#answer?.type === 'chosen');
    return { type: 'pipelineChosen', plan: this.#answer.plan };
  }
}

const pipeline = (changes: Partial<PipelineState> = {}): HostMessage => ({
  type: 'pipeline',
  pipeline: {
    profile: { name: 'gpt3.csv', stages: 8, opening: 'first' },
    solving: null,
    failure: null,
    frontier: null,
    ...changes,
  },
});

describe('pipeline', () => {
  const browser = panelBrowser();

  async function opened(panel: PanelPage): Promise<void> {
    await panel.post(hydrate(), { type: 'showPipeline' });
    await panel.post(pipeline());
  }

  async function solved(panel: PanelPage, straggler: number | null = null): Promise<Desk> {
    await opened(panel);
    await panel.page.getByLabel('Micro-batches').fill('12');
    await panel.page.getByLabel('Blocking power').fill('83.64');
    if (straggler !== null) await panel.page.getByLabel('Straggler').fill(String(straggler));
    await panel.page.getByRole('button', { name: 'Plan', exact: true }).click();
    const desk = new Desk();
    await panel.post(desk.solved());
    await panel.post(desk.chosen({ at: null, straggler }));
    return desk;
  }

  const lastAsk = async (panel: PanelPage) => {
    const asked = (await panel.sent()).findLast(({ type }) => type === 'pipeline');
    return asked?.type === 'pipeline' ? asked.ask : undefined;
  };

  const focused = (panel: PanelPage): Promise<string | null> =>
    panel.page.evaluate(() => document.activeElement?.textContent ?? null);

  test('the page asks how the desk stands, and without a profile says what one is', async () => {
    const panel = await browser.open();
    await panel.post(hydrate(), { type: 'showPipeline' });
    assert.deepEqual(await lastAsk(panel), { kind: 'state' });
    await panel.post(pipeline({ profile: null }));
    const waiting = panel.page.locator('#plan-pipeline .plan-waiting');
    assert.match((await waiting.textContent()) ?? '', /stage, instruction, frequency \(MHz\), time \(s\)/);
    await panel.page.getByRole('button', { name: 'Open Profile…' }).click();
    assert.deepEqual(await lastAsk(panel), { kind: 'open' });
    await panel.post(
      pipeline({ failure: 'Line 2 of the profile has no time; write a number of seconds above 0.' }),
    );
    assert.match((await waiting.textContent()) ?? '', /not made\. Line 2/);
  });

  test('the form by keyboard: the profile’s stages stand there, Enter plans, the solver can be cancelled', async () => {
    const panel = await browser.open();
    await opened(panel);
    assert.equal(await panel.page.getByLabel('Stages').inputValue(), '8');
    assert.ok(await panel.page.getByRole('button', { name: 'Plan', exact: true }).isDisabled());
    await panel.page.getByLabel('Micro-batches').focus();
    await panel.page.keyboard.type('12');
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.type('83.64');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await lastAsk(panel), { kind: 'solve', shape: publishedShape });
    await panel.post(pipeline({ solving: 0.4 }));
    assert.equal(await panel.page.getByRole('progressbar').getAttribute('value'), '0.4');
    await panel.page.getByRole('button', { name: 'Cancel' }).focus();
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await lastAsk(panel), { kind: 'cancel' });
    await panel.post(pipeline());
    assert.equal(await focused(panel), 'Plan', 'the keyboard’s place is kept');
    await panel.page.keyboard.press('Enter');
    await panel.post(pipeline({ solving: 0 }));
    assert.equal(await focused(panel), 'Cancel');
  });

  test('a profile that is opened next fills in its own stages, over what was written for the one before', async () => {
    const panel = await browser.open();
    await opened(panel);
    const stages = panel.page.getByLabel('Stages');
    assert.equal(await stages.inputValue(), '8');
    await stages.fill('6');
    await panel.post(pipeline({ solving: 0.4 }));
    assert.equal(await stages.inputValue(), '6', 'the user’s word on this profile');
    await panel.page.getByLabel('Micro-batches').focus();
    await panel.post(pipeline({ profile: { name: 'gpt3.csv', stages: 0, opening: 'second' } }));
    await panel.post(pipeline({ profile: { name: 'gpt3.csv', stages: 4, opening: 'second' } }));
    assert.equal(await stages.inputValue(), '4');
    await stages.fill('2');
    await panel.post(pipeline({ profile: { name: 'gpt3.csv', stages: 4, opening: 'second' } }));
    assert.equal(await stages.inputValue(), '2');
  });

  test('the published figures, the schedule before and after, the table, the command', async () => {
    const panel = await browser.open({ height: 620 });
    await solved(panel);
    const page = panel.page.locator('#plan-pipeline');
    assert.equal(await page.locator('.verdict-headline').textContent(), '2.818 s, 6.21 kJ');
    assert.match(
      (await page.locator('.verdict-detail').textContent()) ?? '',
      /^−15 % energy, in the same time, against all at the highest frequency \(modelled\)$/,
    );
    const pictures = await page.locator('[role=img]').all();
    const spoken = await Promise.all(pictures.map((picture) => picture.getAttribute('aria-label')));
    assert.match(spoken[0] ?? '', /^Frontier of 370 plans, from 2\.818 s, 6\.21 kJ to 3\.187 s, 5\.66 kJ/);
    assert.match(spoken[1] ?? '', /all at the highest frequency: 8 stages, 2\.818 s, 7\.33 kJ; \d+ of 192/);
    assert.match(spoken[2] ?? '', /planned: 8 stages, 2\.818 s/);
    const rows = await page.locator('.plan-points tbody tr').allInnerTexts();
    assert.equal(rows.length, 8);
    // The last stage is the slowest: all of it is critical and stays as it was.
    assert.match(rows[7] ?? '', /^7\t1410\t1410\t.*\t100 %\t855 J\t0 %$/);
    for (const [stage, row] of rows.slice(0, 7).entries())
      assert.match(row, new RegExp(`^${stage}\t.*\t−[0-9]+`));
    assert.match(
      (await page.locator('.plan-command').textContent()) ?? '',
      /^perjoule plan pipeline gpt3\.csv --stages 8 --microbatches 12 --blocking-power 83\.64 --unit-time 0\.001$/,
    );
  });

  test('the slider by keyboard goes along the frontier; the file has the plan that is shown', async () => {
    const panel = await browser.open({ height: 620 });
    const desk = await solved(panel);
    await panel.page.getByRole('slider').press('End');
    assert.deepEqual(await lastAsk(panel), { kind: 'choose', choice: { at: 369, straggler: null } });
    await panel.post(desk.chosen({ at: 369, straggler: null }));
    const headline = panel.page.locator('#plan-pipeline .verdict-headline');
    assert.equal(await headline.textContent(), '3.187 s, 5.66 kJ');
    assert.match(
      (await panel.page.getByRole('slider').getAttribute('aria-valuetext')) ?? '',
      /^3\.187 s, 5\.66 kJ, −23 % energy, \+13 % time/,
    );
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await lastAsk(panel), { kind: 'write', choice: { at: 369, straggler: null } });
  });

  test('a straggler moves the plan to the point that suits it, and is told', async () => {
    const panel = await browser.open({ height: 620 });
    const desk = await solved(panel);
    await panel.page.getByLabel('Straggler').fill('1.1');
    await panel.page.getByLabel('Straggler').press('Tab');
    await panel.post();
    assert.deepEqual(await lastAsk(panel), { kind: 'choose', choice: { at: null, straggler: 1.1 } });
    await panel.post(desk.chosen({ at: null, straggler: 1.1 }));
    const page = panel.page.locator('#plan-pipeline');
    assert.match((await page.locator('.verdict-headline').textContent()) ?? '', /^3\.0\d\d s/);
    assert.match((await page.locator('.verdict-detail').textContent()) ?? '', /waiting for the straggler/);
    assert.match(
      (await page.locator('.plan-next').textContent()) ?? '',
      /straggler of 1\.1 × ends at 3\.100 s/,
    );
    await panel.post(desk.chosen({ at: 369, straggler: 1.1 }));
    assert.match(
      (await page.locator('.plan-next').textContent()) ?? '',
      /Slower than the straggler by 87\.\d+ ms/,
    );
    await panel.shot('plan-pipeline-straggler');
  });

  test('it needs no run, and leaves the way back', async () => {
    const panel = await browser.open({ height: 420 });
    await panel.post(emptyHydrate({ empty: { reason: 'noRuns', detail: '' } }), { type: 'showPipeline' });
    await panel.post(pipeline());
    assert.ok(await panel.page.getByLabel('Micro-batches').isVisible());
    assert.ok(await panel.page.locator('.empty').isHidden());
    await panel.page.getByRole('tab', { name: 'Chart' }).click();
    await panel.post();
    assert.ok(await panel.page.locator('.empty').isVisible());
  });

  for (const theme of themeNames)
    test(`picture in ${theme}: nothing overflows, nothing is blocked, axe finds nothing`, async () => {
      const panel = await browser.open({ theme, height: 620 });
      await solved(panel, 1.2);
      await panel.shot(`plan-pipeline-${theme}`);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await panel.troubles(), []);
      const { violations } = await new AxeBuilder({ page: panel.page }).analyze();
      assert.deepEqual(
        violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
        [],
      );
    });

  test('narrow: one column', async () => {
    const panel = await browser.open({ width: 360, height: 900 });
    await solved(panel);
    await panel.shot('plan-pipeline-narrow');
    assert.deepEqual(await overflows(panel.page), []);
  });
});
