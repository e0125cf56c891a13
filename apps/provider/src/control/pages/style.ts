/** Light and dark, from 390 px, without a script. */
export const STYLE = `
:root { color-scheme: light dark; --wall: light-dark(#f4f5f6, #17181b); --sheet: light-dark(#fff, #202226);
  --ink: light-dark(#17181b, #eceef0); --soft: light-dark(#565b63, #a9afb8); --rule: light-dark(#d5d8dc, #3b3f45);
  --bad: light-dark(#b3150b, #ff8074); --bad-wash: light-dark(#fdecea, #3a1b19); --good: light-dark(#14693a, #74d19b);
  --open: light-dark(#7a4d00, #f0bd5c); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--wall); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: baseline; padding: .75rem 1rem;
  border-bottom: 1px solid var(--rule); background: var(--sheet); }
header p { margin: 0; font-weight: 600; } header span { font-weight: 400; color: var(--soft); margin-left: .5rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem; }
nav a { display: inline-block; padding: .5rem .75rem; color: inherit; text-decoration: none; border-radius: 4px; }
nav a:hover { text-decoration: underline; } nav a[aria-current] { background: var(--wall); font-weight: 600; }
main { max-width: 80rem; margin: 0 auto; padding: 1rem; }
h3 { font-size: .875rem; margin: .75rem 0 0; }
h1 { font-size: 1.5rem; margin: .5rem 0 1rem; } h2 { font-size: 1.0625rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
small, .none { color: var(--soft); font-weight: 400; }
section { background: var(--sheet); border: 1px solid var(--rule); border-radius: 6px; padding: 1rem; margin: 0 0 1rem; }
section.double { border: 2px solid var(--bad); background: var(--bad-wash); } strong.bad { color: var(--bad); }
table { border-collapse: collapse; width: 100%; margin: .25rem 0 .75rem; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--rule); }
th { color: var(--soft); font-weight: 500; } td { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
time { white-space: nowrap; } code { font: .8125rem/1.4 ui-monospace, monospace; }
.state { font-weight: 600; } .state.bad { color: var(--bad); } .state.good { color: var(--good); }
.state.open { color: var(--open); }
button, input, select { font: inherit; color: inherit; min-height: 2.75rem; padding: .25rem .75rem; border-radius: 4px;
  border: 1px solid light-dark(#7d838b, #848b94); background: var(--sheet); max-width: 100%; }
button { cursor: pointer; } button:hover { background: var(--wall); }
form.inline { display: inline-block; margin: 0 .375rem .375rem 0; }
form.inline button { min-height: 2.25rem; font-size: .875rem; }
form.filter, form.arm { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: 0 0 1rem; }
label { max-width: 100%; display: grid; grid-template-columns: minmax(0, auto); gap: .125rem; font-size: .875rem; }
fieldset { min-width: 0; border: 1px solid var(--rule); border-radius: 6px; display: flex; flex-wrap: wrap; gap: .75rem; padding: .75rem; }
fieldset label.choice { display: flex; align-items: center; gap: .5rem; } input[type=radio] { min-height: 1.25rem; }
summary { cursor: pointer; padding: .25rem 0; } pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0; }
:focus-visible { outline: 3px solid light-dark(#1f5fd0, #8ab4ff); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; top: 1rem; background: var(--sheet); padding: .5rem; }
@media (max-width: 48rem) {
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--rule); }
  td { display: grid; grid-template-columns: 6.5rem 1fr; gap: .5rem; border: 0; padding: .125rem 0; }
  td::before { content: attr(data-label); color: var(--soft); }
}
`;
