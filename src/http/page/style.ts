/** The style of all pages. */
export const style: string = `
:root {
  --paper: #fff; --ground: #f5f6f8; --ink: #1b2230; --soft: #5c6675; --faint: #e3e6eb; --line: #cfd4dc;
  --accent: #0a66c2; --area: #0a66c21f; --bar: #7a94b8;
  --live: #157f3b; --blocked: #b42318; --gone: #5c6675; --killed: #b45309;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171b22; --ground: #0f1217; --ink: #e4e8ee; --soft: #98a2b1; --faint: #262c36; --line: #39414e;
    --accent: #6cb1ff; --area: #6cb1ff26; --bar: #5e7797;
    --live: #4cc273; --blocked: #ff7b6e; --gone: #98a2b1; --killed: #f0a64b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
h1, h2, h3, p { margin: 0; font-size: inherit; font-weight: inherit; }
i { font-style: normal; color: var(--soft); }
bdi { unicode-bidi: isolate; overflow-wrap: anywhere; }
code, pre { font-family: var(--mono); font-size: 12.5px; }
.top {
  display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center; justify-content: space-between;
  padding: 14px 24px; background: var(--paper); border-bottom: 1px solid var(--faint);
}
h1 { font-size: 19px; font-weight: 650; letter-spacing: -0.01em; }
h1 a { color: var(--ink); }
h1 span { color: var(--soft); font-weight: 400; padding: 0 6px; }
form { display: flex; gap: 8px; flex: 0 1 440px; align-items: center; flex-wrap: wrap; }
input, button, select {
  font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 6px 10px;
}
input[type=number] { width: 6em; }
input[type=search] { flex: 1 1 200px; min-width: 0; font-family: var(--mono); font-size: 13px; }
input::placeholder { color: var(--soft); opacity: 0.8; }
button { cursor: pointer; padding: 6px 14px; }
button:hover { border-color: var(--soft); }
main { max-width: 1320px; margin: 0 auto; padding: 20px 24px 8px; }
.messages { margin: 0 0 16px; padding: 10px 16px; list-style: none; border-left: 3px solid var(--killed); background: var(--paper); }
.messages li { overflow-wrap: anywhere; }
.empty { padding: 48px 0; text-align: center; color: var(--soft); }
details > summary { cursor: pointer; list-style: none; display: flex; align-items: baseline; gap: 10px; padding: 9px 16px; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; align-self: center; border: solid transparent; border-width: 4px 0 4px 6px; border-left-color: var(--soft); }
details[open] > summary::before { transform: rotate(90deg); }
summary h2, .branch > h2 { font-weight: 650; font-size: 14.5px; }
.processes, .metrics > .branch, .metrics > .family {
  background: var(--paper); border: 1px solid var(--faint); border-radius: 10px; margin-bottom: 12px; overflow: hidden;
}
.metrics > .family + .family { margin-top: -13px; border-top-left-radius: 0; border-top-right-radius: 0; }
.metrics > .family:has(+ .family) { border-bottom-left-radius: 0; border-bottom-right-radius: 0; }
section.branch { padding: 9px 16px; display: flex; gap: 10px; align-items: baseline; }
.branch .branch { margin-left: 16px; border-left: 2px solid var(--faint); }
.count { color: var(--soft); font-size: 12.5px; }
.open { margin-left: auto; font-size: 12.5px; opacity: 0; }
summary:hover .open, .open:focus-visible { opacity: 1; }
.state { font-size: 12.5px; color: var(--gone); white-space: nowrap; }
.state::before { content: ""; display: inline-block; width: 7px; height: 7px; margin-right: 6px; border-radius: 50%; background: currentColor; }
.state.live { color: var(--live); } .state.killed { color: var(--killed); }
.state.blocked { color: var(--blocked); font-weight: 650; }
.scroll { overflow-x: auto; min-width: 0; }
table { border-collapse: collapse; margin: 0; }
th, td { padding: 3px 0 3px 20px; text-align: right; white-space: nowrap; font-weight: 400; vertical-align: middle; }
thead th { color: var(--soft); font-size: 12px; padding-bottom: 1px; }
tbody th, .left, td.text { text-align: left; }
tbody th { font-family: var(--mono); font-size: 12.5px; white-space: normal; padding-left: 14px; }
td.text { white-space: normal; min-width: 180px; overflow-wrap: anywhere; text-align: right; }
th.left, td.left { text-align: left; }
.processes .scroll { padding: 0 16px 10px; }
.processes td:first-child, .processes th:first-child { padding-left: 16px; }
.processes td:first-child { font-family: var(--mono); font-size: 12.5px; }
.family { padding: 7px 16px; border-top: 1px solid var(--faint); }
.metrics > .family:first-child, .metrics > .branch + .family { border-top: 0; }
.family table { width: 100%; }
.family .title { width: 100%; text-align: left; white-space: normal; padding-left: 0; min-width: 150px; }
.family h3 { display: inline; font-family: var(--mono); font-size: 13px; overflow-wrap: anywhere; }
.family h3 a { color: var(--ink); }
.title p { display: inline; color: var(--soft); font-size: 12.5px; overflow-wrap: anywhere; }
.title i { color: var(--soft); background: var(--ground); border-radius: 4px; padding: 1px 5px; margin: 0 4px; font-size: 11.5px; white-space: nowrap; }
.family tbody tr:hover { background: var(--ground); }
.more { padding: 4px 0; font-size: 12.5px; text-align: right; }
.branch > .more { padding: 4px 16px 10px; text-align: left; }
.chart { line-height: 0; }
svg.spark, svg.hist { width: 110px; height: 24px; display: block; }
.chart:empty::before { content: ""; display: block; width: 110px; }
.spark .line { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
.spark .area { fill: var(--area); } .hist path { fill: var(--bar); }
footer {
  max-width: 1320px; margin: 0 auto; padding: 8px 24px 32px; color: var(--soft); font-size: 12.5px;
  display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center;
}
footer nav { display: flex; flex-wrap: wrap; gap: 4px 16px; flex: 1; }
.refresh { font-size: 12.5px; padding: 3px 10px; }
.refresh::before { content: ""; display: inline-block; width: 7px; height: 7px; margin-right: 6px; border-radius: 50%; background: var(--gone); }
[data-state=live] .refresh::before { background: var(--live); } [data-state=lost] .refresh::before { background: var(--blocked); }
.plain { background: var(--paper); border: 1px solid var(--faint); border-radius: 10px; padding: 16px 20px; margin-bottom: 12px; }
.plain h2 { font-weight: 650; margin-bottom: 8px; }
.plain p { margin-bottom: 10px; }
.plain table { width: 100%; } .plain td:last-child, .plain th:last-child { text-align: left; width: 99%; white-space: normal; overflow-wrap: anywhere; }
svg.flame { width: 100%; display: block; font: 11px var(--mono); }
.flame rect { stroke: var(--paper); stroke-width: 0.5; } .flame text { fill: #1b2230; pointer-events: none; }
.f0 { fill: #f4a259; } .f1 { fill: #f6bd60; } .f2 { fill: #ee8959; } .f3 { fill: #f2cc8f; } .f4 { fill: #e9a178; } .fi { fill: #c9ced6; }
ol.stack { margin: 0; padding-left: 24px; } ol.stack li { padding: 3px 0; overflow-wrap: anywhere; } ol.stack li:first-child b { color: var(--blocked); }
@media (max-width: 1300px) { .wide { display: none; } }
@media (max-width: 700px) {
  .middle { display: none; }
  .top, main, footer { padding-left: 12px; padding-right: 12px; }
  .family { padding: 8px 12px; }
  th, td { padding-left: 10px; } tbody th { padding-left: 8px; }
  .family .title { min-width: 110px; }
  svg.spark, .chart:empty::before { width: 60px; } .shape { display: none; }
  .branch .branch { margin-left: 6px; }
  form { flex-basis: 100%; }
  svg.flame { min-width: 900px; }
}
@media (prefers-reduced-motion: no-preference) { summary::before { transition: transform 0.1s; } }
`
