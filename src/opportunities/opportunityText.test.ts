import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  byWorth,
  type Dismissal,
  type MeasuredOpportunity,
  type Opportunity,
} from '../../contracts/opportunities.ts';
import type { TracedHint } from '../../contracts/trace.ts';
import {
  dismissalDescription,
  dismissalTitle,
  dismissalTooltip,
  dismissedMessage,
  opportunityDescription,
  opportunityFacts,
  opportunityLabel,
} from './opportunityText.ts';

const opportunity = (over: Partial<Opportunity> = {}): Opportunity => ({
  rule: 'sync-scalar-in-step',
  uri: 'file:///p/train.py',
  range: { startLine: 56, startColumn: 8, endLine: 56, endColumn: 19 },
  message: 'The host waits for the GPU on every step.',
  why: 'The GPU idles.',
  severity: 'warning',
  confidence: 'certain',
  standing: 'marked',
  measured: null,
  traced: null,
  fixTitle: null,
  target: { uri: 'file:///p/train.py', rule: 'sync-scalar-in-step', functionName: 'main', print: [] },
  ...over,
});
const measured = (over: Partial<MeasuredOpportunity> = {}): MeasuredOpportunity => ({
  verdict: 'confirmed',
  energyJ: 6100,
  share: 0.07,
  runName: 'train.py · run 3',
  simulated: false,
  sharedBy: 1,
  ...over,
});
const dismissal = (over: Partial<Dismissal> = {}): Dismissal => ({
  ...opportunity().target,
  kind: 'intended',
  dismissedAtMs: 0,
  ...over,
});

test('joules and the place come first, which a narrow list must not cut off; one figure of several places says so', () => {
  const real = opportunity({ measured: measured() });
  assert.equal(opportunityDescription(real, 'line 57'), '6.10 kJ · line 57 · 7.0 %');
  const simulated = opportunity({ measured: measured({ simulated: true, sharedBy: 2 }) });
  assert.equal(opportunityDescription(simulated, 'line 57'), '6.10 kJ for 2 · line 57 · 7.0 %, simulated');
  const facts = new Map(opportunityFacts(simulated, 'train.py, line 57'));
  assert.equal(
    facts.get('Measured'),
    '6.10 kJ (1.69 Wh) on the simulated GPU, 7.0 % of “train.py · run 3”, one figure for 2 places',
  );
});

test('what a trace has shown stands as time with its trace, above what nobody looked at; what it retired is last', () => {
  const hint: TracedHint = {
    rule: 'sync-scalar-in-step',
    path: '/p/train.py',
    regionHash: 'h',
    verdict: 'confirmed',
    waitMs: 9.6,
    calls: 8,
    within: null,
    share: 0.12,
    steps: 8,
    file: 't.json',
    runId: 'r3',
  };
  const shown = opportunity({ traced: hint, severity: 'hint' });
  assert.equal(opportunityDescription(shown, 'line 57'), '1.20 ms a step by trace · line 57');
  assert.equal(
    new Map(opportunityFacts(shown, '')).get('Traced'),
    'Confirmed by profiler trace “t.json”: the host waited 1.20 ms a step in 8 calls, 12 % of the traced time',
  );
  const unmarked = opportunity({ traced: { ...hint, steps: 0 } });
  assert.match(opportunityLabel(unmarked, 'line 57'), /^sync-scalar-in-step, 9\.60 ms by trace, warning/);
  const retired = opportunity({ traced: { ...hint, verdict: 'retired' }, severity: 'error' });
  assert.equal(opportunityDescription(retired, ''), 'retired by trace');
  const joules = opportunity({ measured: measured({ energyJ: 2 }) });
  const plain = opportunity({ severity: 'error' });
  assert.deepEqual([retired, plain, shown, joules].sort(byWorth), [joules, shown, plain, retired]);
});

test('advice says that it is not marked and why; a screen reader hears what icons show', () => {
  const preview = opportunity({ standing: 'preview' });
  assert.equal(opportunityDescription(preview, 'line 57'), 'preview · line 57');
  assert.match(new Map(opportunityFacts(preview, '')).get('Shown') ?? '', /Not marked.*preview/);
  assert.equal(
    opportunityLabel(preview, 'line 57'),
    'sync-scalar-in-step, preview, not marked, line 57. The host waits for the GPU on every step.',
  );
  assert.equal(opportunityDescription(opportunity(), 'line 57'), 'line 57');
  assert.match(opportunityLabel(opportunity(), 'line 57'), /^sync-scalar-in-step, warning, line 57\. /);
});

test('the order: most joules, then what matters most if true, then the refuted', () => {
  const order = [
    opportunity({ rule: 'much', measured: measured({ energyJ: 900 }), severity: 'hint' }),
    opportunity({ rule: 'little', measured: measured({ energyJ: 2 }) }),
    opportunity({ rule: 'sure' }),
    opportunity({ rule: 'likely', confidence: 'likely' }),
    opportunity({ rule: 'preview', standing: 'preview' }),
    opportunity({ rule: 'unsure', standing: 'unsure', confidence: 'possible' }),
    opportunity({ rule: 'small', severity: 'hint' }),
    opportunity({ rule: 'refuted', measured: measured({ verdict: 'refuted' }), severity: 'error' }),
  ];
  const mixed = [...order.slice(4), ...order.slice(0, 4)].reverse();
  assert.deepEqual(
    mixed.sort(byWorth).map(({ rule }) => rule),
    order.map(({ rule }) => rule),
  );
});

test('a dismissal says what it hides, where, and when it ends', () => {
  assert.equal(dismissalTitle(dismissal()), 'sync-scalar-in-step');
  assert.equal(dismissalDescription(dismissal(), 1, 'train.py'), 'main() · intended · train.py');
  const tiny = dismissal({ kind: 'tinyData', functionName: '' });
  assert.equal(dismissalTitle(tiny), 'All hints');
  assert.equal(
    dismissalDescription(tiny, 0, 'train.py'),
    'outside functions · tiny data · train.py · hides nothing now',
  );
  assert.match(dismissalTooltip(tiny, 0), /a run measures that they cost something.*hides nothing now/);
  assert.match(dismissalTooltip(dismissal(), 2), /hides 2 hints now\.$/);
  assert.equal(
    dismissedMessage(dismissal()),
    '"sync-scalar-in-step" is hidden in main() until that code has changed a good deal.',
  );
});
