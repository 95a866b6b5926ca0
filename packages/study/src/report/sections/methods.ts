/** How this was done: the methods section, ready to be pasted into a paper, and the versions behind it. */
import type { StudyResults } from '../../results';
import { type Html, html, raw } from '../html';
import { methodsText } from '../methods-text';

export function methodsSection(results: StudyResults): Html {
  return html`<section><h2>How this was done</h2>
<div class="measure methods" id="methods-text">${methodsText(results).map((paragraph) => html`<p>${paragraph}</p>`)}</div>
<p class="measure"><button type="button" data-copy="methods-text">Copy the text</button> <span role="status"></span></p>
<script>${raw(copyScript)}</script>
<footer>Model ${results.model.file}, SHA-256 <code>${results.model.sha256}</code></footer></section>`;
}

/** Copies the text of an element; where a page may not write to the clipboard, selects it instead. */
const copyScript = `
for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    const text = document.getElementById(button.dataset.copy);
    const said = button.nextElementSibling;
    try {
      await navigator.clipboard.writeText([...text.children].map((each) => each.textContent).join('\\n\\n'));
      said.textContent = 'Copied.';
    } catch {
      getSelection().selectAllChildren(text);
      said.textContent = 'Selected: copy it with the keyboard.';
    }
  });
}
`;
