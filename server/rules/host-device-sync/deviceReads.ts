/** The waits of a step, for the rules of this family. */

export {
  copiesArray,
  type DeviceRead,
  deviceReads,
  drainsQueue,
  givesWork,
  settles,
  testedTensor,
  testsOf,
  waitsBySetting,
} from '../../python/waits.ts';
