"""What a person sees of the story: a line for each step, and the timeline as a table."""

import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

MARKS = {"succeeded": "✓", "waiting": "…", "skipped": "-", "cancelled": "✗", "failed": "!", "uncertain": "?"}


class Screen:
    """Prints lines with the seconds since the beginning."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self.began = time.monotonic()

    def step(self, text: str) -> None:
        """Print a step of the story."""
        self.console.print(f"[dim]{time.monotonic() - self.began:5.1f} s[/]  [bold]{text}[/]")

    def fact(self, text: str) -> None:
        """Print what was seen."""
        self.console.print(f"         [green]✓[/] {text}")

    def quiet(self, text: str) -> None:
        """Print what is only good to know."""
        self.console.print(f"[dim]{time.monotonic() - self.began:5.1f} s  {text}[/]")

    def table(self, title: str, rows: Sequence[Sequence[Any]]) -> None:
        """Print the timeline."""
        table = Table("at (UTC)", "stage", "", "what happened", title=title, title_justify="left")
        for row in rows:
            table.add_row(*map(str, row))
        self.console.print(table)
