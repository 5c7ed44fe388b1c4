import assert from 'node:assert/strict';
import { test } from 'node:test';
import { root, TestProject } from '../../test/rules/projectChecking.ts';
import { cases } from '../../test/rules/trainingScript.ts';

const name = 'sync-scalar-in-step';
const { reports, unsure } = cases(name);

interface Graphs {
  readonly head?: string;
  /** What the constructor of the network does. */
  readonly init?: string;
  readonly pooled: string;
}

const network = ({ head = '', init = 'pass', pooled }: Graphs): string => `import torch
import torch_geometric.nn as geometric
from torch_geometric.nn import global_add_pool, global_mean_pool
${head}

class Network(torch.nn.Module):
    def __init__(self, kind='sum'):
        super().__init__()
        self.head = torch.nn.Linear(8, 2)
${init.replaceAll(/^/gm, '        ')}

    def forward(self, data):
        return self.head(${pooled})
`;

const training = `
def train(loader):
    model = Network().cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    total = 0.0
    for data in loader:
        data = data.to('cuda')
        loss = torch.nn.functional.cross_entropy(model(data), data.y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


from torch_geometric.loader import DataLoader
train(DataLoader([]))
`;

const script = (graphs: Graphs): string => network(graphs) + training;

test('rows joined by group wait for the number of groups: the finding beside them is only listed', () => {
  unsure(script({ pooled: 'global_mean_pool(data.x, data.batch)' }));
  unsure(script({ pooled: 'geometric.global_max_pool(data.x, batch=data.batch, size=None)' }));
  unsure(
    script({
      head: 'from torch_scatter import scatter_add',
      pooled: 'scatter_add(data.x, data.batch, dim=0)',
    }),
  );
  unsure(script({ init: 'self.pool = global_mean_pool', pooled: 'self.pool(data.x, data.batch)' }));
  unsure(script({ init: 'self.pool = geometric.Set2Set(4, 2)', pooled: 'self.pool(data.x, data.batch)' }));
});

test('which pooling runs may be a setting, as long as one of them waits', () => {
  const branches = (other: string): string =>
    `if kind == 'sum':\n    self.pool = ${other}\nelse:\n    self.pool = torch.nn.Identity()`;
  unsure(script({ init: branches('global_add_pool'), pooled: 'self.pool(data.x, data.batch)' }));
  reports(script({ init: branches('torch.nn.ReLU()'), pooled: 'self.pool(data.x, data.batch)' }));
  const chosen = `def pool(x, batch, mode='sum'):
    if mode == 'sum':
        return global_add_pool(x, batch)
    return global_mean_pool(x, batch)
`;
  unsure(script({ head: chosen, pooled: 'pool(data.x, data.batch)' }));
});

test('who says how many groups there are, or that there is only one, waits for nothing', () => {
  reports(script({ pooled: 'global_mean_pool(data.x, data.batch, data.num_graphs)' }));
  reports(script({ pooled: 'global_mean_pool(data.x, data.batch, size=len(data))' }));
  reports(script({ pooled: 'global_mean_pool(data.x, None)' }));
  reports(
    script({
      head: 'from torch_scatter import scatter_add',
      pooled: 'scatter_add(data.x, data.batch, dim=0, dim_size=8)',
    }),
  );
});

test('the network may stand in another file', () => {
  const found = (pooled: string): readonly string[] => {
    const project = new TestProject({
      'network.py': network({ pooled }),
      'train.py': `import torch\nfrom network import Network\n${training}`,
    });
    const { findings } = project.checker.check(`${root}/train.py`, { root, minConfidence: 'possible' });
    return findings.filter((f) => f.rule === name).map((f) => f.confidence);
  };
  assert.deepEqual(found('global_mean_pool(data.x, data.batch)'), ['possible']);
  assert.deepEqual(found('global_mean_pool(data.x, data.batch, data.num_graphs)'), ['certain']);
});
