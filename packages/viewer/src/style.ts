/** The element's style sheet: light and dark, from 320 pixels wide on. */
export const style = `
:host {
  display: block; color-scheme: light dark;
  --paper: light-dark(#ffffff, #15181b); --raised: light-dark(#ffffff, #1d2125); --ink: light-dark(#1c1f23, #e7e9ec);
  --soft: light-dark(#5c6570, #9aa4af); --line: light-dark(#dfe2e6, #343a41); --well: light-dark(#eef0f2, #22272c);
  --accent: light-dark(#0b6e99, #5cb8e4); --on-accent: light-dark(#ffffff, #0c1013); --less: light-dark(#b3541e, #f08a3c);
  --scheme: light;
}
@media (prefers-color-scheme: dark) { :host { --scheme: dark; } }
:host([theme="light"]) { color-scheme: light; --scheme: light; }
:host([theme="dark"]) { color-scheme: dark; --scheme: dark; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
.viewer {
  background: var(--paper); color: var(--ink); padding: 0 16px 16px; min-height: 100%;
  font: 13px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-text-size-adjust: 100%;
}
.soft { color: var(--soft); }
.number { font-variant-numeric: tabular-nums; }
p { margin: 0; }

.toolbar {
  position: sticky; top: 0; z-index: 2; margin: 0 -16px; padding: 12px 16px;
  background: var(--paper); border-bottom: 1px solid var(--line);
}
.methods { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 12px; }
.controls { display: flex; flex-wrap: wrap; gap: 12px 28px; align-items: end; }
.control { contain: layout style; flex: 1 1 128px; max-width: 176px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px; }
.control .line { display: flex; justify-content: space-between; align-items: baseline; gap: 8px; height: 18px; white-space: nowrap; }
.control .line > :first-child { color: var(--soft); }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-left: auto; }

button, select { font: inherit; color: inherit; }
button {
  display: inline-flex; align-items: center; justify-content: center; gap: 6px; height: 30px; padding: 0 10px; margin: 0;
  background: var(--raised); border: 1px solid var(--line); border-radius: 6px; cursor: pointer; white-space: nowrap;
}
button:hover:not(:disabled) { background: var(--well); }
button:disabled { color: var(--soft); cursor: default; }
.toggle[aria-pressed="true"] {
  background: color-mix(in oklab, var(--accent) 12%, var(--raised)); color: light-dark(#07506f, #8fd0f0);
  border-color: color-mix(in oklab, var(--accent) 60%, var(--line));
}
.toggle { max-width: 100%; }
.methods .toggle { overflow: hidden; text-overflow: ellipsis; display: block; }
.joined { display: flex; }
.joined button { border-radius: 0; margin-left: -1px; position: relative; }
.joined button:first-child { border-radius: 6px 0 0 6px; margin-left: 0; }
.joined button:last-child { border-radius: 0 6px 6px 0; }
.joined .number { min-width: 62px; }
.icon { width: 16px; height: 16px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
select {
  border: 0; background: none; padding: 0 0 0 4px; margin: 0; text-align: right; text-align-last: right; cursor: pointer; border-radius: 4px; min-width: 0;
}
option { color: var(--ink); background: var(--raised); }
.scale { display: flex; align-items: center; gap: 7px; height: 16px; font-size: 11px; color: var(--soft); }
.scale canvas { flex: 1; width: 0; height: 8px; border-radius: 4px; box-shadow: inset 0 0 0 1px rgb(128 128 128 / .25); }
input[type="range"] {
  appearance: none; width: 100%; height: 16px; margin: 0; background: none; cursor: pointer; --fill: 0%;
}
input[type="range"]::-webkit-slider-runnable-track {
  height: 4px; border-radius: 2px; background: linear-gradient(to right, var(--accent) var(--fill), var(--line) var(--fill));
}
input[type="range"]::-moz-range-track { height: 4px; border-radius: 2px; background: var(--line); }
input[type="range"]::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--accent); }
input[type="range"]::-webkit-slider-thumb {
  appearance: none; width: 16px; height: 16px; margin-top: -6px; border-radius: 50%;
  background: var(--accent); border: 3px solid var(--paper); box-shadow: 0 0 0 1px var(--accent);
}
input[type="range"]::-moz-range-thumb {
  width: 10px; height: 10px; border-radius: 50%; background: var(--accent); border: 3px solid var(--paper); box-shadow: 0 0 0 1px var(--accent);
}
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
input[type="range"]:focus-visible { border-radius: 4px; outline-offset: 3px; }

.heading { display: flex; align-items: center; gap: 12px; padding-top: 12px; min-width: 0; }
.heading .title { font-size: 15px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.heading .soft { white-space: nowrap; }
.heading .joined { margin-left: auto; }
.heading .all { padding-left: 6px; flex: none; }
.heading .joined button { padding: 0 7px; }

.body { padding-top: 14px; }
.stage { contain: layout style; --edge: 2.5px; --stroke: 1.15px; display: grid; justify-content: start; align-items: start; }
.tile { position: relative; min-width: 0; }
.cells { display: grid; gap: 4px; }
.frame {
  position: relative; overflow: hidden; background: #000; border-radius: 3px; touch-action: pan-x pan-y; user-select: none;
}
.closer .frame { cursor: grab; touch-action: none; }
.closer .frame:active { cursor: grabbing; }
.layers { position: absolute; transform-origin: 0 0; }
.layers > * { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.map, .layers > :first-child { pointer-events: none; }
.cell { outline: none; }
.cell:focus-visible .frame { outline: 2px solid var(--accent); outline-offset: 2px; }
.method, .name, .detail { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.method { display: none; height: 22px; padding-top: 3px; color: var(--soft); font-size: 12px; }
.several .method { display: block; }
.caption { padding-top: 4px; }
.name { height: 18px; }
.several .name { font-weight: 600; }
.detail { height: 17px; font-size: 12px; color: var(--soft); }
.small { --edge: 1.5px; --stroke: .9px; }
.small .name, .small .method { font-size: 11.5px; }
.small .detail, .titled .caption { display: none; }
.tile .open {
  position: absolute; top: 6px; right: 6px; width: 26px; height: 26px; padding: 0; border: 0; border-radius: 5px;
  background: rgb(0 0 0 / .6); color: #fff; opacity: 0;
}
.tile:hover .open { opacity: 1; }
.tile .open:hover { background: rgb(0 0 0 / .85); }
.opened .open { display: none; }
@media (hover: none) { .tile .open { opacity: .8; } }

.region { outline: none; cursor: default; }
.region path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; --scale: 1; }
.region .edge { stroke: rgb(0 0 0 / .55); stroke-width: calc(var(--edge) / var(--scale)); fill: rgb(255 255 255 / 0); pointer-events: all; fill-rule: evenodd; }
.region .line { stroke: #fff; stroke-opacity: .9; stroke-width: calc(var(--stroke) / var(--scale)); pointer-events: none; }
.region.hot .edge, .region:focus-visible .edge { fill: rgb(255 255 255 / .16); }
.region.hot .line, .region:focus-visible .line { stroke: #7fd4ff; stroke-opacity: 1; stroke-width: calc(2.25px / var(--scale)); }
.bare .regions { display: none; }

.frame.loading { background: var(--well); }
.frame.loading::after {
  content: ""; position: absolute; inset: 0;
  background: linear-gradient(100deg, transparent 30%, light-dark(rgb(255 255 255 / .7), rgb(255 255 255 / .06)) 50%, transparent 70%);
  background-size: 300% 100%; animation: sweep 1.6s linear infinite;
}
.frame.loading .layers > * { opacity: 0; }
@keyframes sweep { from { background-position: 120% 0; } to { background-position: -60% 0; } }
.frame.failed { display: grid; place-content: center; padding: 10px; background: var(--well); color: var(--soft); text-align: center; box-shadow: inset 0 0 0 1px var(--line); }
.frame.failed p { font-size: 12px; text-wrap: balance; }
.empty { padding: 56px 16px; text-align: center; color: var(--soft); border: 1px dashed var(--line); border-radius: 8px; margin-top: 16px; }

.card {
  position: fixed; z-index: 3; top: 0; left: 0; pointer-events: none; display: grid; gap: 1px; max-width: 300px; padding: 9px 12px 10px;
  background: var(--raised); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 4px 18px rgb(0 0 0 / .22);
}
.card b { font-weight: 600; font-size: 14px; overflow-wrap: anywhere; }
.card .soft { font-size: 12px; overflow-wrap: anywhere; }
.scores { display: grid; grid-template-columns: minmax(0, auto) 64px auto; gap: 3px 10px; align-items: center; margin-top: 6px; }
.scores > span:first-child { overflow-wrap: anywhere; }
.scores .number { text-align: right; }
.bar { display: block; height: 6px; background: var(--well); border-radius: 3px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--accent); border-radius: 3px; }
.bar i.less { background: var(--less); }

.with-panel { display: flex; flex-wrap: wrap; gap: 20px 28px; align-items: flex-start; }
.panel { overflow-x: auto; max-width: 100%; border-radius: 4px; }
.panel table { border-collapse: collapse; }
.panel caption { text-align: left; font-weight: 600; padding-bottom: 8px; overflow-wrap: anywhere; }
.panel th, .panel td { text-align: left; font-weight: 400; padding: 6px 18px 6px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
.panel thead th { color: var(--soft); font-size: 12px; vertical-align: bottom; }
.panel th:first-child { padding-left: 8px; }
.panel tbody th { max-width: 180px; overflow-wrap: anywhere; }
.panel tr.hot > * { background: var(--well); }
.measure { display: grid; grid-template-columns: 56px auto; gap: 10px; align-items: center; justify-content: start; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

@media (max-width: 640px) {
  .toolbar { position: static; }
  .controls { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px 16px; }
  .control { max-width: none; }
  .buttons { grid-column: 1 / -1; margin: 0; }
  .heading .soft { display: none; }
  .panel .bar { display: none; }
  .measure { grid-template-columns: auto; }
}
@media (prefers-reduced-motion: reduce) { .frame.loading::after { animation: none; } }
@media print { .toolbar, .heading, .open { display: none !important; } }
`;
