/**
 * Intel GPUs through the energy counter of the i915 and xe drivers. There is no power file: power is what the counter
 * gained between two changes. Integrated GPUs have no counter of their own; their energy is part of the CPU's.
 */

import { answersOf, countText } from './answers.ts';
import { drmCards } from './drmCards.ts';
import { type FolderDoor, numberIn, textIn } from './folderDoor.ts';
import { RisingCounter } from './risingCounter.ts';
import type { DeviceReading, PowerSource, SourceDevice, SourceDoor, SourceSession } from './source.ts';

const source = { id: 'intel-gpu', label: 'Intel GPUs (i915, xe)' } as const;
const vendor = '0x8086';
/** For a card that does not say what it may draw, watts. */
const unknownHighestW = 1_000;

interface Card {
  readonly file: string;
  readonly counter: RisingCounter;
  readonly info: SourceDevice;
}

/** The counter of the whole card; `pkg` lies inside `card`. Drivers without labels have one counter only. */
function energyFile(door: FolderDoor, sensors: string): string | null {
  const files = door.list(sensors).filter((name) => /^energy\d+_input$/.test(name));
  const labelled = (wanted: string): string | undefined =>
    files.find((name) => textIn(door, `${sensors}/${name.replace('_input', '_label')}`) === wanted);
  const name = labelled('card') ?? labelled('pkg') ?? files[0];
  return name === undefined ? null : `${sensors}/${name}`;
}

function openSession(door: SourceDoor, files: FolderDoor, cards: readonly Card[]): SourceSession {
  let lost = false;
  return {
    devices: cards.map(({ info }) => info),
    read() {
      const readings: DeviceReading[] = [];
      for (const { file, counter, info } of cards) {
        const microjoules = numberIn(files, file);
        if (microjoules === undefined) continue;
        const timeMs = door.nowMs();
        const step = counter.add(timeMs, microjoules / 1e6);
        if (step === undefined) continue;
        const power = step.powerW === undefined ? {} : { powerW: step.powerW };
        readings.push({ uuid: info.uuid, timeMs, energyJ: step.energyJ, ...power });
      }
      lost = cards.every(({ file }) => 'missing' in files.read(file));
      return readings;
    },
    processes: () => null,
    lost: () =>
      lost ? { reason: 'lost', detail: 'The Intel GPU is gone, or its driver was unloaded.' } : null,
    close: () => files.close(),
  };
}

export function createIntelGpu(files: FolderDoor): PowerSource {
  const { found, without } = answersOf(source);
  return {
    ...source,
    simulated: false,
    async open(door) {
      const listed = drmCards(files, vendor, ['i915', 'xe']);
      const cards = listed.flatMap(({ sensors, address, chip }, index): Card[] => {
        const file = sensors === null ? null : energyFile(files, sensors);
        if (sensors === null || file === null || numberIn(files, file) === undefined) return [];
        const rated =
          numberIn(files, `${sensors}/power1_rated_max`) ?? numberIn(files, `${sensors}/power1_max`);
        const ratedW = rated === undefined || rated <= 0 ? null : rated / 1e6;
        const info: SourceDevice = {
          uuid: `intel-${address}`,
          index,
          name: `Intel GPU ${chip}`.trim(),
          vendor: 'intel',
          memoryTotalBytes: null,
          powerLimitW: ratedW,
          powerQuality: 'counterUnchecked',
          hasEnergyCounter: true,
          powerFromCounter: true,
          // The kernel renews it about a thousand times a second.
          counterPeriodMs: 1,
          band: 0.1,
        };
        // The counter jumps now and then: twice what the card may draw is no energy.
        const counter = new RisingCounter({ wrapsAtJ: null, highestW: 2 * (ratedW ?? unknownHighestW) });
        return [{ file, counter, info }];
      });
      if (cards.length === 0) {
        const none = listed.length === 0;
        return without({
          state: 'notFound',
          reason: none ? 'notFound' : 'notSupported',
          detail: none
            ? 'The kernel lists no Intel GPU.'
            : 'The Intel GPU has no energy counter of its own, as integrated ones have not; its energy is part of the CPU (rapl).',
          remedy: null,
        });
      }
      const names = cards.map(({ info }) => info.name).join(', ');
      return found(openSession(door, files, cards), `${countText(cards.length, 'GPU')} found: ${names}.`);
    },
  };
}
