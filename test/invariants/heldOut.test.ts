/** The figures that each list of unseen projects carries are those of its own verdicts; `npm run generate` makes the page of them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldOutLists, onByDefault, verdictsOf } from '../../tools/heldOutLists.ts';
import { precision } from '../../tools/precision.ts';

const mostJudged = 40;
const lists = heldOutLists();

for (const [name, list] of lists)
  test(`${name}: the figures are those of its verdicts, each with a reason and of a project of the list`, () => {
    const known = new Map(
      (lists.get(list.past ?? name) ?? list).projects.map(({ repository, commit }) => [repository, commit]),
    );
    for (const { repository, commit, reason } of list.judgements) {
      assert.equal(known.get(repository), commit);
      assert.ok(reason.endsWith('.'), reason);
    }
    const wasOn = (rule: string): boolean => onByDefault(list).includes(rule);
    for (const [rule, { findings, ...figure }] of Object.entries(list.figures)) {
      const wanted =
        rule === 'default set'
          ? wasOn
          : rule === 'preview'
            ? (r: string) => !wasOn(r)
            : (r: string) => r === rule;
      assert.deepEqual(precision(verdictsOf(list, wanted)), figure, rule);
      if (rule !== 'default set' && rule !== 'preview')
        assert.equal(figure.judged, Math.min(findings, mostJudged), rule);
    }
  });

test('no project is in two lists', () => {
  const all = [...lists.values()].flatMap(({ projects }) => projects.map((p) => p.repository.toLowerCase()));
  assert.ok(all.length > 0);
  assert.equal(new Set(all).size, all.length);
});
