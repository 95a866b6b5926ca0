/** The head of the report: what was asked and found, and the facts of the study. */
import { parseObjective } from '../../objective';
import type { StudyResults } from '../../results';
import { groupColour } from '../groups';
import { type Html, html } from '../html';
import { agreement, className, findings, listed } from '../words';

/** With more methods than this, what each of them found is folded away behind what they agree on. */
const FEW_METHODS = 5;

export function header(results: StudyResults): Html {
  const names = results.groups.map(({ name }) => name);
  return html`<header>
<p class="eyebrow">Regional saliency study</p>
<h1>${results.title}</h1>
<p class="lead">Asked: does the model look at the same regions when the image is from ${listed(names)}, and is any difference
more than chance?</p>
${found(results)}
<dl class="facts">
<div><dt>Images</dt><dd>${results.groups.map(({ name, images }) => html`<span class="key count" style="${groupColour(results, name)}">${name} ${images}</span>`)}</dd></div>
<div><dt>Model</dt><dd>${results.model.file}<br><code title="SHA-256 of the file">${results.model.sha256.slice(0, 12)}…</code></dd></div>
<div><dt>Explained output</dt><dd>${explainedOutput(results)}</dd></div>
<div><dt>Score</dt><dd>${results.aggregate} of the ${results.reduce} map in each of ${results.regions.length} regions</dd></div>
${
  results.leftOut.length > 0
    ? html`<div><dt>Left out</dt><dd><a href="#left-out">${results.leftOut.length} image${results.leftOut.length > 1 ? 's' : ''}</a></dd></div>`
    : null
}
</dl>
</header>`;
}

/** What was found, by method; where there are many, by region. */
function found(results: StudyResults): Html {
  const sentences = findings(results);
  const byMethod = html`<ul class="found">${results.methods.map(
    ({ label }, index) => html`<li><b>${label}</b>${sentences[index]}</li>`,
  )}</ul>`;
  if (results.methods.length <= FEW_METHODS) return byMethod;
  return html`<ul class="found">${agreement(results).map(
    ({ region, sentence }) => html`<li><b>${region}</b>${sentence}</li>`,
  )}</ul>
<details class="on-screen"><summary>What each of the ${results.methods.length} methods found</summary>${byMethod}</details>`;
}

function explainedOutput(results: StudyResults): string {
  if (results.objective) return parseObjective(results.objective).words((index) => className(results, index));
  return results.target === 'predicted' ? 'the predicted class' : className(results, results.target);
}
