/** Makes the element known to the page, under the name you like. */
import { SaliencyViewer } from './element';

/**
 * @param name with a hyphen, as all custom elements' names
 * @returns the class; calling it again under the same name does nothing
 */
export function defineSaliencyViewer(name = 'saliency-viewer'): typeof SaliencyViewer {
  const known = customElements.get(name) as typeof SaliencyViewer | undefined;
  if (known) return known;
  // A class can have one name only.
  const own = name === 'saliency-viewer' ? SaliencyViewer : class extends SaliencyViewer {};
  customElements.define(name, own);
  return own;
}
