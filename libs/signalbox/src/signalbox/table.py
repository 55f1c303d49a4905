"""Rows as lines of text whose columns stand under one another."""

from collections.abc import Iterable, Sequence


def laid_out(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Give a table; the last column may be of any length."""
    told = [head, *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*told, strict=True)]
    widths[-1] = 0
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in told)
