export { type ChestOptions, type ChestRegions, chestLabels, chestRegions } from './chest-regions';
export { chestEntry } from './entry';
export { alignChest, chestLandmarks, chestTemplate } from './frame';
export { lungNetworkFile } from './network';
export { lungZones } from './zones';
