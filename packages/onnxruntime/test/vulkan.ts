/**
 * A Vulkan driver for onnxruntime's WebGPU provider, on machines with or without a GPU.
 *
 * The provider finds drivers through the Vulkan loader, which reads VK_ICD_FILENAMES when the first session is made. Where it
 * is not set, Chromium's SwiftShader is taken: a driver that computes on the CPU, slowly and exactly enough for tests.
 */
import { existsSync } from 'node:fs';

const swiftShader = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

/** Why WebGPU can't run here; undefined where it can. Sets the driver for this process. */
export function withoutVulkan(): string | undefined {
  if (process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES) return undefined;
  const driver = swiftShader.find((path) => existsSync(path));
  if (!driver) return 'no Vulkan driver: set VK_ICD_FILENAMES, or install chromium for its SwiftShader';
  process.env.VK_ICD_FILENAMES = driver;
  return undefined;
}
