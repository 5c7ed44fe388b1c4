import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunNotice } from '../../contracts/runs.ts';
import type { LiveRun } from './liveRun.ts';
import { setNotices } from './runNotices.ts';

const driver = { state: 'failed', detail: 'nvidia-smi: not found.', remedy: 'Install the NVIDIA driver.' };

/** What a run says of its GPU on a machine that has none. */
function noGpu(run: {
  readonly simulatedFile: string | null;
  readonly devices: number;
  readonly openedBy?: number;
  readonly members?: number;
}) {
  const told = new Map<string, Omit<RunNotice, 'id'> | null>();
  const live = {
    devices: new Map(Array.from({ length: run.devices }, (_, index) => [`${index}`, {}])),
    simulatedFile: run.simulatedFile,
    simulatedPids: new Set([7]),
    tree: { members: { size: run.members ?? 0 } },
    setNotice: (id: string, notice: Omit<RunNotice, 'id'> | null) => told.set(id, notice) === undefined,
  };
  const parts = {
    keeper: { statuses: () => [driver], devices: () => [] },
    simulated: { hasOpened: (_: string, pids: ReadonlySet<number>) => pids.has(run.openedBy ?? 0) },
    table: { supported: true },
    store: { state: { kind: 'durable' } },
  };
  setNotices(live as unknown as LiveRun, parts as unknown as Parameters<typeof setNotices>[1]);
  return told.get('noGpu');
}

test('a program that was to use a simulated GPU and opened none is told of the variable, and of no driver', () => {
  const notice = noGpu({ simulatedFile: '/project/nofile.jsonl', devices: 0 });
  assert.match(notice?.message ?? '', /^PERJOULE_SIM names \/project\/nofile\.jsonl, and /);
  assert.match(notice?.remedy ?? '', /unset PERJOULE_SIM/);
  assert.equal(noGpu({ simulatedFile: '/project/nofile.jsonl', devices: 1 }), null);
  assert.equal(noGpu({ simulatedFile: null, devices: 0 })?.remedy, driver.remedy);
});

test('a program that opened one and ended before a reading is told so, and nothing while it still lives', () => {
  const opened = { simulatedFile: '/project/sim.jsonl', devices: 0, openedBy: 7 };
  assert.match(noGpu(opened)?.message ?? '', /ended before the first reading/);
  assert.equal(noGpu({ ...opened, members: 1 }), null);
  assert.match(noGpu({ ...opened, openedBy: 8 })?.message ?? '', /has opened no simulated GPU/);
});
