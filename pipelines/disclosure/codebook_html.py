"""The codebook as one HTML page: no network, no script, read by keyboard and screen reader alike.

Every text says which language it is in; tables have captions and heads; wide tables scroll by themselves
and can be reached by keyboard; colours follow the reader's light or dark setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pipelines.disclosure.codebook import Block, Cell, Facts, Grid, Heading, Paragraph, Said
from pipelines.disclosure.wording import say

STYLE = """
:root { color-scheme: light dark;
  --ink: #1a1a1a; --paper: #fff; --line: #8a8a8a; --link: #00508c; --head: #eef2f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --paper: #14171a; --line: #8f8f8f; --link: #9ccbff; --head: #242a31; }
}
body { margin: 0 auto; max-width: 70rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
.en { font-style: italic; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; padding: .3rem 0; font-weight: 600; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
thead th { background: var(--head); }
tbody th { font-weight: 400; white-space: nowrap; }
dd code { overflow-wrap: anywhere; }
dt { font-weight: 600; float: left; clear: left; margin-right: .5rem; }
dd { margin: 0 0 .2rem; }
nav ul { columns: 16rem; }
@media print { nav, .skip { display: none; } .wide { overflow: visible; } }
""".strip()


def html(blocks: Sequence[Block]) -> str:
    """The whole page. ``blocks`` begin with the heading of level 1."""
    first = blocks[0]
    title = first.parts[0].text if isinstance(first, Heading) else ""
    body = "\n".join(_block(block) for block in blocks[1:])
    return (
        '<!doctype html>\n<html lang="nb">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} – Kommunebench</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">{escape(say("skip", "nb"))}</a>\n'
        f"<header>\n{_block(first)}\n</header>\n{_contents(blocks)}\n"
        f'<main id="main">\n{body}\n</main>\n</body>\n</html>\n'
    )


def _contents(blocks: Sequence[Block]) -> str:
    """Links to every heading of the second and third level, each under its own."""
    lines, is_open = [], False
    for block in blocks:
        if not isinstance(block, Heading) or block.level == 1:
            continue
        link = f'<a href="#{escape(block.anchor)}">{_said(block.parts[0])}</a>'
        if block.level == 2:
            lines.append(f"{'</ul>' if is_open else ''}<p>{link}</p>")
            is_open = False
        else:
            lines.append(f"{'' if is_open else '<ul>'}<li>{link}</li>")
            is_open = True
    end = "</ul>" if is_open else ""
    label = escape(say("contents", "nb"))
    return f'<nav aria-label="{label}">\n' + "\n".join(lines) + f"{end}\n</nav>"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f'<h{block.level} id="{escape(block.anchor)}">{_line(block.parts)}</h{block.level}>'
    if isinstance(block, Paragraph):
        return _paragraph(block.said)
    if isinstance(block, Facts):
        items = "".join(f"<dt>{_line(name)}</dt><dd>{_line(value)}</dd>" for name, value in block.items)
        return f"<dl>{items}</dl>"
    return _grid(block)


def _paragraph(said: Said) -> str:
    marks = ' lang="en" class="en"' if said.lang == "en" else ""
    return f"<p{marks}>{_text(said.text)}</p>"


def _grid(grid: Grid) -> str:
    head = "".join(f'<th scope="col">{_line(cell)}</th>' for cell in grid.head)
    rows = "\n".join(
        f'<tr><th scope="row">{_line(row[0])}</th>'
        + "".join(f"<td>{_line(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in grid.rows
    )
    label = escape(grid.caption[0].text)
    return (
        f'<div class="wide" role="region" aria-label="{label}" tabindex="0"><table>\n'
        f"<caption>{_line(grid.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _line(cell: Cell) -> str:
    stroke = " / " if any(said.lang for said in cell) else " "
    return stroke.join(_said(said) for said in cell)


def _said(said: Said) -> str:
    if said.lang is None:
        return f"<code>{escape(said.text)}</code>"
    return f'<span lang="en" class="en">{_text(said.text)}</span>' if said.lang == "en" else _text(said.text)


def _text(text: str) -> str:
    """Escaped text; what stands between backticks is code. An odd last one stays what it is."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(f"<code>{escape(p)}</code>" if i % 2 else escape(p) for i, p in enumerate(parts))
