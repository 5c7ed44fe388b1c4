import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markedIn, TestProject } from '../../test/rules/projectChecking.ts';

const script = (afterStar: string, body = 'pass'): string => `import torch
from torch.utils.data import DataLoader
from tools import *
${afterStar}

def main(data):
    model = torch.nn.Linear(8, 2).cuda()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for x in DataLoader(data, num_workers=2, pin_memory=True):
        loss = model(x.cuda(non_blocking=True)).mean()
        loss.backward()
        optimizer.step()
        ${body}


main([])
`;
const tools = 'def record(loss):\n    print(loss.item())\n\n\ndef main(data):\n    pass\n';
const marked = tools.replace(')\n\n', ')  # finding: sync-scalar-in-step\n\n');

/** How many files were read to check the script. */
function parsed(text: string): number {
  const project = new TestProject({ 'train.py': text, 'tools.py': tools });
  project.check('train.py');
  return project.parsed;
}

test('what a star brings is not asked for where the module defines all of it anew, also if functions name it meanwhile', () => {
  assert.equal(parsed(script('')), 1);
  assert.equal(parsed(script('def helper():\n    main([])\n')), 1);
  assert.equal(parsed(script('', 'record(loss)')), 2);
});

test('it is asked for where the module names it before its own definition', () => {
  for (const line of ['print(main)', 'try:\n    main([])\nexcept OSError:\n    pass', '@main\ndef f(): pass'])
    assert.equal(parsed(script(line)), 2);
});

test('a name that was handed on before the module defines it anew is what the star brought', () => {
  const texts = {
    'train.py': script('note = record\n\ndef record(loss): pass\n', 'note(loss)'),
    'tools.py': marked,
  };
  for (const frozen of [false, true])
    assert.deepEqual(new TestProject(texts, { frozen }).reported().sort(), markedIn(texts));
});
