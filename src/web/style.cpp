#include "web/layout.h"

namespace bindery::web {

// Each pair of colours has a contrast of 4.5 or more, marks and borders of buttons 3 or more, in both schemes.
const char* const kStyle = R"css(
:root { --back: #ffffff; --front: #1d2330; --quiet: #566074; --line: #8a93a5; --panel: #f4f6f9; --link: #0b57b0; --good: #1b7037; --part: #8a5200; --bad: #b3201b; --none: #566074; --focus: #0b57b0; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14171d; --front: #e8ebf1; --quiet: #a9b2c3; --line: #707a8d; --panel: #1f242d; --link: #8fbcff; --good: #6fcf8c; --part: #f0b45a; --bad: #ff8f88; --none: #a9b2c3; --focus: #8fbcff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--front); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; padding: .5rem 1rem; border-bottom: 1px solid var(--line); background: var(--panel); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 .25rem; margin: 0; padding: 0; list-style: none; }
header form { margin-left: auto; }
nav a { display: inline-block; padding: .5rem .5rem; }
main nav { margin: 0 -.5rem; }
nav a[aria-current] { font-weight: 700; text-decoration: none; box-shadow: inset 0 -3px var(--link); }
.brand { margin: 0; font-weight: 700; }
main { max-width: 75rem; margin: 0 auto; padding: 0 1rem 3rem; }
footer { max-width: 75rem; margin: 0 auto; padding: 0 1rem 1rem; color: var(--quiet); font-size: .9rem; }
main:focus { outline: none; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1.05rem; margin: 0 0 .5rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; padding: .5rem; background: var(--back); z-index: 1; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.state { padding: .75rem 1rem; border-left: 6px solid var(--none); background: var(--panel); font-size: 1.1rem; }
.state.good { border-color: var(--good); } .state.part { border-color: var(--part); } .state.bad { border-color: var(--bad); }
.notice { padding: .75rem 1rem; border: 2px solid var(--link); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; padding: 0; margin: 0; list-style: none; }
.card { padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); }
.card p { margin: .25rem 0; } .card dl { margin-bottom: .5rem; }
.card h2, .card h3 { font-size: 1.05rem; margin: 0 0 .5rem; }
.value { font-weight: 600; }
.lines { white-space: pre-line; }
dl { margin: 0; } dl div { display: flex; flex-wrap: wrap; gap: 0 .5rem; } dt { color: var(--quiet); min-width: 7.5rem; } dd { margin: 0; flex: 1 1 10rem; }
.quiet { color: var(--quiet); }
.badge { font-weight: 600; } .badge.good, .good-text { color: var(--good); } .badge.part { color: var(--part); } .badge.bad { color: var(--bad); } .badge.none { color: var(--none); }
.scroll { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); max-width: 15rem; }
tbody th { font-weight: 400; }
pre { overflow-x: auto; white-space: pre-wrap; padding: .75rem; background: var(--panel); border: 1px solid var(--line); }
form { display: inline-flex; flex-wrap: wrap; align-items: center; gap: .4rem; margin: .15rem .25rem .15rem 0; }
label { flex-basis: 100%; }
button, input[type=text], input[type=search], select { font: inherit; color: var(--front); background: var(--back); border: 1px solid var(--line); border-radius: .3rem; padding: .4rem .75rem; min-height: 2.5rem; max-width: 100%; }
button { cursor: pointer; font-weight: 600; }
button:hover { border-color: var(--link); }
svg.history { display: block; width: 100%; height: auto; margin-top: .5rem; }
svg.gauge { display: block; width: 100%; height: .6rem; margin: .15rem 0 .5rem; }
.bar.good { fill: var(--good); } .bar.part { fill: var(--part); } .bar.bad { fill: var(--bad); } .bar.none { fill: var(--none); }
.mark { font-size: 9px; font-weight: 700; fill: var(--front); }
.axis { stroke: var(--line); } .whole { fill: var(--back); stroke: var(--line); } .left { fill: var(--good); } .left.low { fill: var(--bad); }
@media (min-width: 22rem) { time, a[href^="/effect?"], a[href^="/run?"] { white-space: nowrap; } }
@media (max-width: 46rem) {
  main { padding: 0 .75rem 3rem; }
  table, tbody, tr, th, td, caption { display: block; width: 100%; max-width: none; overflow-wrap: anywhere; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding: .5rem .75rem; margin: .5rem 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); }
  th, td { padding: .1rem 0 .1rem 7.5rem; border: 0; }
  th::after, td::after { content: ""; display: block; clear: both; }
  tbody th { font-weight: 600; }
  th::before, td::before { content: attr(data-label); float: left; width: 7rem; margin-left: -7.5rem; color: var(--quiet); font-weight: 400; }
  td:empty { display: none; }
}
@media print { header, form, .skip { display: none; } .card, tr { break-inside: avoid; } }
)css";

}  // namespace bindery::web
