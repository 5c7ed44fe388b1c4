/** What a pipeline plan needs to be told: the profile, the shape of the training, what waiting draws, a straggler. */

import { shapeOf } from '../../pipelineFigures.ts';
import type { PipelineForm as Form } from '../../view.ts';
import { button, el, setHidden, setText } from '../dom.ts';
import type { Doors, Part } from '../part.ts';

const fields: readonly {
  readonly name: keyof Form;
  readonly label: string;
  readonly unit: string;
  readonly least: string;
  readonly step: string;
  readonly title: string;
}[] = [
  { name: 'stages', label: 'Stages', unit: '', least: '1', step: '1', title: 'One GPU each' },
  {
    name: 'microbatches',
    label: 'Micro-batches',
    unit: '',
    least: '1',
    step: '1',
    title: 'Of one iteration, scheduled one forward, one backward',
  },
  {
    name: 'blockingPowerW',
    label: 'Blocking power',
    unit: 'W',
    least: '0',
    step: 'any',
    title:
      'What a GPU draws while it waits for a neighbour; 84 W was published for an A100 SXM, 70 W for an A40',
  },
  {
    name: 'unitTimeS',
    label: 'Time unit',
    unit: 's',
    least: '0',
    step: 'any',
    title: 'The grain of the plan',
  },
  {
    name: 'straggler',
    label: 'Straggler',
    unit: '×',
    least: '1',
    step: '0.1',
    title: 'Another pipeline takes so many times the fastest iteration; leave it empty for none',
  },
];

export function createPipelineForm(doors: Doors): Part {
  const open = button('Open Profile…', 'secondary', () =>
    doors.send({ type: 'pipeline', ask: { kind: 'open' } }),
  );
  const name = el('span', 'plan-file');
  const inputs = fields.map((field) => {
    const input = el('input', 'plan-number');
    input.type = 'number';
    input.min = field.least;
    input.step = field.step;
    input.addEventListener('input', () => {
      const value = input.value.trim() === '' ? Number.NaN : Number(input.value);
      doors.dispatch({
        type: 'page/pipelineForm',
        form: { [field.name]: Number.isFinite(value) ? value : null },
      });
    });
    input.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') solve();
    });
    const label = el(
      'label',
      'plan-field',
      `${field.label} `,
      input,
      ...(field.unit === '' ? [] : [` ${field.unit}`]),
    );
    label.title = field.title;
    return { field, input, label };
  });
  function solve(): void {
    const shape = shapeOf(doors.state().view.pipelineForm);
    if (shape !== null) doors.send({ type: 'pipeline', ask: { kind: 'solve', shape } });
  }
  const start = button('Plan', 'primary', solve);
  const cancel = button('Cancel', 'primary', () => doors.send({ type: 'pipeline', ask: { kind: 'cancel' } }));
  const bar = el('progress', 'plan-progress');
  bar.max = 1;
  bar.setAttribute('aria-label', 'Frontier solved');
  const words = el('span', 'plan-solving');
  words.setAttribute('role', 'status');
  const element = el(
    'div',
    'plan-form actions',
    open,
    name,
    ...inputs.map(({ label }) => label),
    start,
    cancel,
    bar,
    words,
  );

  return {
    element,
    update({ view, planning }) {
      const desk = planning.pipeline;
      const profile = desk?.profile ?? null;
      setText(name, profile?.name ?? '');
      for (const { field, input, label } of inputs) {
        const value = view.pipelineForm[field.name];
        const text = value === null ? '' : String(value);
        if (document.activeElement !== input && input.value !== text) input.value = text;
        setHidden(label, profile === null);
      }
      const solving = desk?.solving ?? null;
      const held = document.activeElement;
      setHidden(start, profile === null || solving !== null);
      start.disabled = shapeOf(view.pipelineForm) === null;
      setHidden(cancel, solving === null);
      // The one stands in the place of the other: the keyboard's place goes along.
      if (held === start && start.hidden) cancel.focus();
      if (held === cancel && cancel.hidden) start.focus();
      setHidden(bar, solving === null);
      bar.value = solving ?? 0;
      setText(words, solving === null ? '' : 'Solving…');
    },
  };
}
