"""The codebook as Markdown: bokmål as it is, English in italics or after a stroke."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.disclosure.codebook import Block, Cell, Facts, Grid, Heading, Paragraph, Said


def markdown(blocks: Sequence[Block]) -> str:
    """The whole document."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_line(block.parts)}"
    if isinstance(block, Paragraph):
        return f"*{block.said.text}*" if block.said.lang == "en" else block.said.text
    if isinstance(block, Facts):
        return "\n".join(f"- {_line(name)}: {_coded(value)}" for name, value in block.items)
    return _grid(block)


def _grid(grid: Grid) -> str:
    lines = [[_line(cell) for cell in grid.head], ["---"] * len(grid.head)]
    lines += [[_line(cell) for cell in row] for row in grid.rows]
    table = "\n".join("| " + " | ".join(map(_escaped, line)) + " |" for line in lines)
    return f"**{_line(grid.caption)}**\n\n{table}"


def _line(cell: Cell) -> str:
    """Both languages with a stroke between; codes follow each other."""
    stroke = " / " if any(said.lang for said in cell) else " "
    return stroke.join(said.text for said in cell)


def _coded(cell: Cell) -> str:
    return ", ".join(_code(said) for said in cell)


def _code(said: Said) -> str:
    return f"`{said.text}`" if said.lang is None else said.text


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
