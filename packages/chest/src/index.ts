export { type ChestOptions, type ChestRegions, chestLabels, chestRegions } from './chest-regions';
export { alignChest, chestLandmarks, chestTemplate } from './frame';
export { lungZones } from './zones';
