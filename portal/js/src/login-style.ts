// SPDX-License-Identifier: BSD-3-Clause

/** The style of <ponte-login>, for a constructable style sheet: no Content-Security-Policy forbids that. Dark colours follow
 * the page's own `color-scheme`, never the system alone: a light page stays light. */
export const style = `
:host {
  --_primary: var(--ponte-primary, #06c);
  --_hover: var(--ponte-primary-hover, #0052a3);
  --_on: var(--ponte-on-primary, #fff);
  --_busy: var(--ponte-busy, #435a70);
  --_text: var(--ponte-text, #17324d);
  --_muted: var(--ponte-muted, #435a70);
  --_border: var(--ponte-border, #c5c7c9);
  --_link: var(--ponte-link, #06c);
  --_error: var(--ponte-error, #cc334d);
  --_focus: var(--ponte-focus, #17324d);
  --_ring: var(--ponte-focus-ring, #fff);
  --_radius: var(--ponte-radius, 4px);
  display: block; container-type: inline-size; max-width: 32rem; color: var(--_text); line-height: 1.5; text-align: start;
}
@supports (color: light-dark(#000, #fff)) {
  :host {
    --_primary: var(--ponte-primary, light-dark(#06c, #3d9bff));
    --_hover: var(--ponte-primary-hover, light-dark(#0052a3, #70b5ff));
    --_on: var(--ponte-on-primary, light-dark(#fff, #04162b));
    --_busy: var(--ponte-busy, light-dark(#435a70, #a9bbcc));
    --_text: var(--ponte-text, light-dark(#17324d, #f0f4f8));
    --_muted: var(--ponte-muted, light-dark(#435a70, #bccad8));
    --_border: var(--ponte-border, light-dark(#c5c7c9, #56687a));
    --_link: var(--ponte-link, light-dark(#06c, #70b5ff));
    --_error: var(--ponte-error, light-dark(#cc334d, #ff8296));
    --_focus: var(--ponte-focus, light-dark(#17324d, #fff));
    --_ring: var(--ponte-focus-ring, light-dark(#fff, #17324d));
  }
}
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
p { margin: 0; }
button { font: inherit; font-weight: 600; cursor: pointer; border: 0; border-radius: var(--_radius); }
:focus-visible { outline: 3px solid var(--_focus); outline-offset: 2px; box-shadow: 0 0 0 2px var(--_ring); }

.enter {
  display: inline-flex; align-items: stretch; min-height: 3.5rem; max-width: 100%; padding: 0; overflow: hidden;
  font-size: 1.125em; line-height: 1.25; color: var(--_on); background: var(--_primary); transition: background-color .15s;
}
.enter:hover { background: var(--_hover); }
.enter[aria-disabled="true"] { background: var(--_busy); cursor: progress; }
.mark { display: flex; align-items: center; padding: 0 1rem; font-weight: 700; letter-spacing: .06em; border-inline-end: 1px solid; border-color: color-mix(in srgb, currentcolor 45%, transparent); }
.label { display: flex; align-items: center; padding: .5rem 1.5rem; }
.subtitle { margin-top: .75rem; color: var(--_muted); }

.state:empty { display: none; }
.state { display: grid; grid-template-columns: auto 1fr; gap: .25rem .875rem; margin-top: 1.25rem; }
.state > p { grid-column: 2; overflow-wrap: anywhere; }
.what { font-weight: 600; }
.more { color: var(--_muted); }
.address { display: inline-block; font-weight: 700; }
.spin { grid-column: 1; grid-row: 1; width: 1.25em; height: 1.25em; margin-top: .125em; border: 3px solid var(--_border); border-top-color: var(--_link); border-radius: 50%; animation: turn 1s linear infinite; }
.tick { grid-column: 1; grid-row: 1; width: .5em; height: .9em; margin: .15em .375em 0; border: solid var(--_link); border-width: 0 3px 3px 0; transform: rotate(45deg); }
@keyframes turn { to { transform: rotate(1turn); } }
.cancel { margin-top: 1rem; min-height: 2.75rem; padding: .5rem 1.5rem; color: var(--_link); background: transparent; border: 2px solid; }
.cancel:hover { text-decoration: underline; }

.box:not(:empty) { margin-top: 1.25rem; padding: 1rem 1.25rem; border: 1px solid var(--_border); border-inline-start: .5rem solid var(--_error); border-radius: var(--_radius); overflow-wrap: anywhere; }
.box.calm:not(:empty) { border-inline-start-color: var(--_link); }
.box .title { font-size: 1.125em; font-weight: 600; margin-bottom: .25rem; }
.box a { display: inline-block; margin-top: .5rem; padding: .25rem 0; color: var(--_link); font-weight: 600; }
.other { margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--_border); }
.other .title { font-weight: 600; margin-bottom: .75rem; }
.links { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; }

@container (max-width: 26rem) {
  .enter { width: 100%; }
  .mark { padding: 0 .75rem; }
  .label { flex: 1; justify-content: center; padding: .5rem; }
  .cancel { width: 100%; }
}
@media (prefers-reduced-motion: reduce) {
  .enter { transition: none; }
  .spin { animation: none; border-style: dotted; border-color: var(--_link); }
}
@media (forced-colors: active) {
  .enter, .cancel, .box { border: 2px solid; }
  .spin { border-color: GrayText; border-top-color: CanvasText; }
  :focus-visible { outline-color: Highlight; box-shadow: none; }
}
@media print { .state, .cancel { display: none; } }
`;
