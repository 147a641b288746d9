/** The style of the page. It is part of the page, so that nothing else has to be loaded. */
export const REFERENCE_STYLE = `
:root { color-scheme: light dark; --text: #1d2733; --soft: #586573; --line: #d9dfe5; --page: #fff; --inset: #f4f6f8;
  --link: #0b5cad; --get: #146c43; --post: #0b5cad; --put: #8a5300; --delete: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e8ee; --soft: #9aa7b4; --line: #333d48; --page: #12171d;
  --inset: #1b222a; --link: #79b8ff; --get: #5fd39a; --post: #79b8ff; --put: #f0b45b; --delete: #ff8a80; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
.name { white-space: nowrap; }
:not(pre) > code:not(.name) { overflow-wrap: anywhere; }
pre { background: var(--inset); padding: .75rem 1rem; border-radius: 6px; overflow-x: auto; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.375rem; margin: 3rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.0625rem; margin: 2.5rem 0 .25rem; }
h3 a { color: inherit; }
h4 { font-size: .875rem; margin: 1.25rem 0 .25rem; color: var(--soft); }
p { margin: .5rem 0; max-width: 72ch; }
nav { padding: 1rem; max-height: 45vh; overflow-y: auto; border-bottom: 1px solid var(--line); }
nav summary { cursor: pointer; font-weight: 600; }
nav ul { list-style: none; margin: 0 0 .75rem; padding: 0; }
nav li a { display: block; padding: .125rem 0; overflow-wrap: anywhere; }
nav b { display: block; margin-top: .75rem; font-size: .875rem; color: var(--soft); }
main { padding: 1.5rem 1rem 4rem; min-width: 0; max-width: 64rem; }
.method { display: inline-block; min-width: 3.5em; color: var(--post); }
.method.get { color: var(--get); }
.method.put { color: var(--put); }
.method.delete { color: var(--delete); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th { color: var(--soft); font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); }
td:nth-child(1) { min-width: 5rem; }
td:last-child { min-width: 10rem; padding-right: 0; }
td i { color: var(--soft); }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; max-height: none; border: 0; border-right: 1px solid var(--line); }
  main { padding: 2rem 3rem 6rem; }
}
`;
