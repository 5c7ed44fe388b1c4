/** Graphics cards as the kernel lists them, with the sensors of their driver. */

import { type FolderDoor, textIn } from './folderDoor.ts';

const folder = 'sys/class/drm';

export interface DrmCard {
  /** Folder of the device, without a slash at its end. */
  readonly device: string;
  /** Folder of the driver's sensors; null when it has none. */
  readonly sensors: string | null;
  /** `0000:c1:00.0`, or the card's name where the kernel does not say. */
  readonly address: string;
  /** PCI id of the chip, such as `0x744c`; empty when it is not known. */
  readonly chip: string;
}

/**
 * Cards of a maker, in the kernel's order.
 * @param vendor PCI id of the maker, such as `0x1002`
 * @param drivers names that the driver's sensors may have
 */
export function drmCards(door: FolderDoor, vendor: string, drivers: readonly string[]): readonly DrmCard[] {
  // `card0-DP-1` and the like are outputs of a card.
  const cards = door.list(folder).filter((entry) => /^card\d+$/.test(entry));
  return cards
    .sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)))
    .filter((card) => textIn(door, `${folder}/${card}/device/vendor`) === vendor)
    .map((card) => {
      const device = `${folder}/${card}/device`;
      const sensors = door
        .list(`${device}/hwmon`)
        .map((entry) => `${device}/hwmon/${entry}`)
        .find((path) => drivers.includes(textIn(door, `${path}/name`) ?? ''));
      const slot = /^PCI_SLOT_NAME=([\w:.]+)$/m.exec(textIn(door, `${device}/uevent`) ?? '')?.[1];
      const chip = textIn(door, `${device}/device`) ?? '';
      return { device, sensors: sensors ?? null, address: slot ?? card, chip };
    });
}
