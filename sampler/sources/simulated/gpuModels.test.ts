import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGpu, gpuModelIds, gpuModels, loadPowerW, parseGpus } from './gpuModels.ts';

test('a machine is a model and a count; the start of a name is enough', () => {
  assert.deepEqual(parseGpus('h100-sxm'), { model: 'h100-sxm-80', count: 1 });
  assert.deepEqual(parseGpus('H100-SXM * 2'), { model: 'h100-sxm-80', count: 2 });
  assert.deepEqual(parseGpus('rtx-3060'), { model: 'rtx-3060', count: 1 });
  assert.deepEqual(parseGpus(defaultGpu), { model: defaultGpu, count: 1 });
  for (const wrong of ['', 'h100-sxm*0', 'h100-sxm*99', 'voodoo-2', 'h1', 'h100-sxm*2*2', '__proto__'])
    assert.equal(parseGpus(wrong), null, wrong);
});

test('every model draws more with a context than without, more at work than idle, never above its limit', () => {
  for (const id of gpuModelIds) {
    const model = gpuModels[id];
    assert.ok(model.idleW > 0 && model.idleW < model.contextIdleW, id);
    assert.ok(loadPowerW(model, 0) >= model.contextIdleW, id);
    assert.ok(loadPowerW(model, 1) > loadPowerW(model, 0.5), id);
    assert.ok(loadPowerW(model, 1) <= model.limitW, id);
  }
});
