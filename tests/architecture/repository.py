"""The repository as the tests of its architecture read it."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def files() -> tuple[str, ...]:
    """Give every file that is, or is about to be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  the git at hand
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted(name for name in set(listed.stdout.split("\0")) if name and (ROOT / name).is_file()))


def sources() -> list[str]:
    """Give the Python files that run in production: libraries, services, migrations."""
    rooms = ("libs/", "services/")
    return [f for f in files() if f.endswith(".py") and f.startswith(rooms) and "/tests/" not in f]


@cache
def tree(name: str) -> ast.Module:
    """Parse a Python file."""
    return ast.parse(text(name), name)


@cache
def text(name: str) -> str:
    """Read a file; what is not text is shown as if it were."""
    return (ROOT / name).read_text("utf-8", errors="replace")


def texts(module: ast.Module) -> Iterator[str]:
    """Give the string constants of a module, but for docstrings."""
    told = {node.value for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told:
            yield node.value
