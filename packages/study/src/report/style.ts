/** The report's style sheet: light, dark and paper; 400 to 1600 pixels wide. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --sheet: #ffffff; --ink: #1c1f23; --soft: #5c6570; --line: #dfe2e6; --accent: #0b6e99; --empty: #f0f1f1;
  --group-0: #0072b2; --group-1: #d55e00; --group-2: #009e73; --group-3: #b0569a; --group-4: #8a6d00; --group-5: #56606b;
  --more: #0072b2; --less: #d55e00; --above: #63b0e4; --below: #f2985c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --sheet: #1b1f23; --ink: #e8eaed; --soft: #9aa4af; --line: #32383f; --accent: #5cb8e4; --empty: #23282d;
    --group-0: #56b4e9; --group-1: #f08a3c; --group-2: #3ccf9f; --group-3: #e08fc8; --group-4: #f0e442; --group-5: #aab4bf;
    --more: #56b4e9; --less: #f08a3c; --above: #0f6ba8; --below: #9a4a08;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: clamp(1180px, 62vw, 1560px); margin: 0 auto; padding: 40px 24px 72px; }
.measure { max-width: 46em; }
h1 { font-size: clamp(26px, 4vw, 38px); line-height: 1.15; letter-spacing: -.015em; margin: 4px 0 14px; text-wrap: balance; }
h2 { font-size: 22px; line-height: 1.25; letter-spacing: -.01em; margin: 56px 0 10px; }
h3 { font-size: 17px; margin: 34px 0 8px; }
p { margin: 0 0 12px; }
.eyebrow { color: var(--accent); font-weight: 600; font-size: 14px; margin: 0; }
.lead { font-size: 18px; color: var(--soft); max-width: 44em; }
.soft, figcaption, .note { color: var(--soft); font-size: 14px; }
code { font: 13px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
ul.found { list-style: none; margin: 22px 0 0; padding: 0; display: grid; gap: 12px; max-width: 52em; }
ul.found li { border-left: 3px solid var(--accent); padding: 2px 0 2px 14px; }
ul.found b { display: block; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 14px 28px; margin: 30px 0 0; padding: 18px 0; border-block: 1px solid var(--line); }
dl.facts dt { color: var(--soft); font-size: 13px; }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.key { display: inline-flex; align-items: baseline; gap: 6px; white-space: nowrap; }
.keys, .pair { font-size: 14px; }
.pair { margin: 18px 0 0; color: var(--soft); }
.key + .key { margin-left: 14px; }
.pair .key, figure.matrix .key, .two .key { margin-left: 0; }
.two { display: flex; flex-wrap: wrap; gap: 0 14px; }
.key.count { display: flex; margin: 0; }
.key::before { content: ""; align-self: center; width: 10px; height: 10px; border-radius: 50%; background: var(--c); }
.wide { overflow-x: auto; margin: 14px -24px; padding: 0 24px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; font-size: 14px; }
td, th { padding: 8px 12px; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { border-bottom: 1.5px solid var(--ink); vertical-align: bottom; }
table.tests td { min-width: 168px; font-size: 14px; line-height: 1.45; }
table.tests tbody th { min-width: 130px; }
table.tests td .effect { font-size: 16px; font-weight: 600; white-space: nowrap; }
table.tests td .interval { font-weight: 400; font-size: 13px; color: var(--soft); }
table.tests td.clear { background: color-mix(in oklab, var(--tint) var(--much), var(--paper)); }
table.tests td.clear .interval, table.tests td.clear .soft { color: color-mix(in oklab, var(--ink) 82%, var(--soft)); }
table.tests td:not(.clear) .effect { font-weight: 400; }
.matrices { display: flex; flex-wrap: wrap; gap: 18px 48px; align-items: flex-start; margin-top: 18px; }
figure.matrix { margin: 0; max-width: 100%; min-width: 0; }
figure.matrix .wide { margin-block: 8px 0; }
table.heat { width: auto; border-collapse: separate; border-spacing: 2px; font-size: 13px; line-height: 1.3; margin-left: -2px; }
table.heat th { font-size: 13px; font-weight: 400; border: 0; padding: 4px 10px 4px 2px; min-width: 7em; overflow-wrap: break-word; hyphens: auto; vertical-align: middle; }
table.heat thead th { text-align: center; vertical-align: bottom; padding: 2px 4px; min-width: 0; max-width: 7em; }
table.heat thead th:first-child { text-align: left; padding-left: 2px; color: var(--soft); }
table.heat td { position: relative; border: 0; border-radius: 3px; padding: 6px 12px; min-width: 58px; text-align: center; vertical-align: middle; white-space: nowrap;
  background: color-mix(in oklab, var(--tint, transparent) var(--much, 0%), var(--empty)); }
table.heat td.marked { font-weight: 700; }
table.heat td.marked::after { content: ""; position: absolute; top: 4px; right: 4px; width: 5px; height: 5px; border-radius: 50%; background: currentColor; }
table.heat thead td, table.heat td.same { background: none; color: var(--soft); }
table.turned thead th { height: 1px; vertical-align: bottom; }
table.turned thead span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; text-align: left; }
table.turned td { min-width: 46px; padding: 6px 4px; }
.heat-scale { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; margin: 8px 0 0; font-size: 13px; color: var(--soft); }
.heat-scale i { width: 110px; height: 10px; border-radius: 3px; background: linear-gradient(90deg, var(--below), var(--empty), var(--above)); }
.heat-scale i.rising { background: linear-gradient(90deg, var(--empty), var(--above)); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
table.plain { font-size: 14px; }
table.plain td:first-child { white-space: nowrap; }
table.plain td.n, table.plain th.n { text-align: right; white-space: nowrap; }
.badge { font-size: 12px; font-weight: 600; color: var(--accent); white-space: nowrap; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); gap: 20px 22px; margin-top: 14px; }
.plots figure { margin: 0; }
.plots figure { max-width: 420px; border-top: 1px solid var(--line); padding-top: 8px; }
.plots figcaption { color: var(--ink); }
.plots figcaption b { font-size: 15px; }
.effects { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 16px 32px; }
.effects figure { margin: 0; max-width: 560px; }
.effects h3 { margin-top: 12px; }
svg.figure { display: block; width: 100%; height: auto; font-family: inherit; }
svg.figure text { fill: var(--soft); font-size: 11.5px; }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: 10px 26px; margin: 16px 0 4px; font-size: 14px; }
saliency-viewer { --paper: inherit; --ink: inherit; --soft: inherit; --line: inherit; --accent: inherit; display: block; min-height: 320px; margin: 0 -16px; }
.controls label { display: inline-flex; align-items: center; gap: 8px; max-width: 100%; }
.controls select { font: inherit; color: inherit; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; min-width: 0; max-width: 100%; }
.on-paper { display: none; }
.stack { position: relative; background: #000; border-radius: 4px; overflow: hidden; }
.stack > * { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.stack > img { position: static; height: auto; }
.stack path { fill: none; stroke: #fff; stroke-width: 1.25; vector-effect: non-scaling-stroke; stroke-opacity: .85; stroke-dasharray: 4 3; }
.mean-maps { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr)); gap: 22px 28px; }
table.means { table-layout: fixed; }
table.means caption { text-align: left; font-weight: 600; padding-bottom: 4px; overflow-wrap: anywhere; }
table.means th, table.means td { border: 0; padding: 0 4px 4px 0; font-weight: 400; color: var(--soft); }
table.means img { width: 100%; }
figcaption { margin-top: 6px; overflow-wrap: anywhere; line-height: 1.4; }
details { margin-top: 14px; }
details.fold { border-top: 1px solid var(--line); margin: 0; padding: 10px 0; }
details.fold:last-of-type { border-bottom: 1px solid var(--line); }
details.fold summary { color: var(--ink); }
ul.files { padding: 0; list-style: none; margin: 0 0 12px; }
p, li { overflow-wrap: break-word; }
.methods { border-left: 3px solid var(--line); padding-left: 16px; overflow-wrap: anywhere; }
button { font: inherit; font-size: 14px; color: var(--accent); background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; padding: 5px 12px; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
summary { cursor: pointer; color: var(--accent); font-weight: 600; }
footer { margin-top: 64px; padding-top: 14px; border-top: 1px solid var(--line); color: var(--soft); font-size: 13px; }
a { color: var(--accent); }
@media (max-width: 560px) {
  main { padding: 24px 16px 48px; }
  .wide { margin-inline: -16px; padding-inline: 16px; }
  table.heat { font-size: 12px; }
  table.heat th { font-size: 12px; padding-right: 6px; }
  table.heat tbody th { position: sticky; left: 0; z-index: 1; background: var(--paper); }
  table.heat td { padding: 6px 9px 6px 6px; min-width: 0; }
  }
@media print {
  :root { --paper: #fff; --sheet: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #0b6e99; --empty: #f0f1f1; --above: #63b0e4; --below: #f2985c; --more: #0072b2; --less: #d55e00;
    --group-0: #0072b2; --group-1: #d55e00; --group-2: #009e73; --group-3: #b0569a; --group-4: #8a6d00; --group-5: #56606b; }
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  h2, h3, h2 + p, summary { break-after: avoid; }
  saliency-viewer { display: none; }
  .on-paper:has([src]) { display: block; margin: 0; }
  .on-paper img { max-width: 100%; max-height: 230mm; }
  details:not(.on-screen)::details-content { content-visibility: visible; display: block; }
  button { display: none; }
  h2 { margin-top: 28pt; }
  figure, tr, table.tests, ul.found li { break-inside: avoid; }
  .plots { grid-template-columns: repeat(var(--columns), 1fr); gap: 10px; }
  .effects { grid-template-columns: repeat(3, 1fr); gap: 8px 14px; }
  p { break-inside: avoid; }
  .methods p { break-inside: auto; orphans: 3; widows: 3; }
  .controls { display: none; }
  .wide { overflow: visible; margin: 8pt 0; padding: 0; }
  table.tests { table-layout: fixed; }
  table.tests td, table.tests tbody th { min-width: 0; padding: 3pt; font-size: 7pt; overflow-wrap: anywhere; }
  table.tests thead th { padding: 3pt; font-size: 8pt; }
  table.tests td .effect { font-size: 8pt; white-space: normal; }
  table.tests td .interval, table.tests td .soft { font-size: 7pt; }
  details.on-screen { display: none; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
