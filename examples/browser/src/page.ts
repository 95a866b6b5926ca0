/** The few things of the document that every panel does: elements, dropped files, errors, downloads. */

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** `true` sets an empty attribute, `false` none. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

/** `1 image`, `2 images`. */
export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The one element of a panel that a selector finds. */
export function find<E extends HTMLElement = HTMLElement>(root: ParentNode, selector: string): E {
  return root.querySelector<E>(selector)!;
}

/** A select's options, by value; what was chosen stays if it is still there. */
export function setOptions(
  select: HTMLSelectElement,
  options: readonly (readonly [value: string, text: string])[],
): void {
  const before = select.value;
  select.replaceChildren(...options.map(([value, text]) => element('option', { value }, text)));
  if (options.some(([value]) => value === before)) select.value = before;
}

/** Files that are dropped on a label or chosen by its input. */
export function onFiles(label: HTMLElement, take: (files: File[]) => void): void {
  const input = find<HTMLInputElement>(label, 'input[type=file]');
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    // The same file may be chosen again.
    input.value = '';
    if (files.length > 0) take(files);
  });
  label.addEventListener('dragover', (event) => {
    event.preventDefault();
    label.classList.add('over');
  });
  label.addEventListener('dragleave', () => label.classList.remove('over'));
  label.addEventListener('drop', (event) => {
    event.preventDefault();
    label.classList.remove('over');
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) take(files);
  });
}

/** Does something and says, in the panel's own place, what stood in the way. @returns whether it was done */
export async function attempt(panel: HTMLElement, work: () => Promise<void> | void): Promise<boolean> {
  const problem = find(panel, '.problem');
  problem.textContent = '';
  try {
    await work();
    return true;
  } catch (error) {
    problem.textContent = sentence(error instanceof Error ? error.message : String(error));
    return false;
  }
}

/** With a capital, unless it begins with the name of a file, and a full stop. */
const sentence = (text: string) =>
  `${text.replace(/^[a-z]+(?=[ ,])/, (word) => word.charAt(0).toUpperCase() + word.slice(1))}${/[.!?]$/.test(text) ? '' : '.'}`;

/** Lets the page draw and answer before work goes on. */
export const turn = () => new Promise<void>((ended) => setTimeout(ended));

export function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = element('a', { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
