import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../test/rules/checking.ts';
import { regionHash } from './regionHash.ts';

const script = (line: string, above = '        pass', head = ''): string => `${head}import torch
model = torch.nn.Linear(2, 2).cuda()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
def main(data):
    for step, x in enumerate(torch.utils.data.DataLoader(data, pin_memory=True)):
        loss = model(x.cuda(non_blocking=True)).mean()
        loss.backward()
        optimizer.step()
${above}
        print(loss.item())${line}
        x = None
`;
const kinds = (text: string): string[] => check(text).problems.map((p) => p.kind);

test('without a comment the line is reported', () => assert.equal(check(script('')).findings.length, 1));

test('allowed on the line, on the line above, above comments and blank lines, for the file, in a block', () => {
  const allow = '# perjoule: allow sync-scalar-in-step (small model)';
  for (const text of [
    script(`  ${allow}`),
    script('', `        ${allow}`),
    script('', `        ${allow}\n\n        # read by a person`),
    script('', '        pass', '# perjoule: allow-file sync-scalar-in-step\n'),
    script('  # perjoule: end-allow', '        # perjoule: begin-allow sync-scalar-in-step'),
    script('  # perjoule: allow loader-no-workers, sync-scalar-in-step').replace('loader-no-workers, ', ''),
  ]) {
    assert.equal(check(text).findings.length, 0, text);
    assert.deepEqual(kinds(text), [], text);
  }
});

test('stale, unknown, empty and unbalanced comments are reported', () => {
  assert.deepEqual(kinds(script('  # perjoule: allow eval-without-no-grad')), ['staleSuppression']);
  assert.deepEqual(kinds(script('  # perjoule: allow nothing-like-this')), ['unknownRule']);
  assert.deepEqual(kinds(script('  # perjoule: allow')), ['staleSuppression']);
  assert.deepEqual(kinds(script('  # perjoule: end-allow')), ['staleSuppression']);
  assert.deepEqual(kinds(script('', '        # perjoule: begin-allow sync-scalar-in-step')), [
    'staleSuppression',
  ]);
});

test('a comment in a text is no comment', () =>
  assert.equal(check(script('; y = "# perjoule: allow sync-scalar-in-step"')).findings.length, 1));

test('files that name no GPU framework are not parsed', () => {
  assert.equal(check('import os\nfor x in y:\n    print(x.item())\n').analysed, false);
  assert.equal(check('import os, torch\n').analysed, true);
  assert.equal(check('# torch is not imported here\nimport torchlike\n').analysed, false);
});

test('the hash of a region knows code from white space', () => {
  const hash = (text: string): string => regionHash(text, { start: text.indexOf('for'), end: text.length });
  const base = hash('for x in y:\n    print(x)\n');
  assert.match(base, /^[0-9a-f]{16}$/);
  assert.equal(hash('for x in y:  \r\n    print(x)\r\n\r\n'), base);
  assert.equal(hash('if a:\n    for x in y:\n        print(x)\n'), base);
  assert.notEqual(hash('for x in y:\n    print(z)\n'), base);
  assert.notEqual(hash('for x in y:\n  print(x)\n'), base);
});
