"""What the documents point at is there, and decisions stay short enough to be read."""

import ast
import re

import pytest

from .repository import ROOT, files, text, tree

PLACE = re.compile(r"`([\w./-]+\.\w+)::([\w.]+)`")
DECISIONS = [name for name in files() if re.match(r"docs/decisions/\d{4}-[a-z0-9-]+\.md$", name)]


def names(body: list[ast.stmt], before: str = "") -> set[str]:
    """Give what a module defines: functions, classes with what is in them, and constants."""
    found: set[str] = set()
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(before + name)
            case ast.ClassDef(name=name):
                found |= {before + name, *names(node.body, f"{before}{name}.")}
            case ast.Assign(targets=targets):
                found |= {before + target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(before + name)
            case _:
                pass
    return found


def test_every_place_of_the_walkthrough_is_there() -> None:
    places = PLACE.findall(text("docs/walkthrough.md"))
    assert places
    lost = [
        f"{path}::{name}" for path, name in places if not (ROOT / path).is_file() or name not in names(tree(path).body)
    ]
    assert lost == []


def test_places_are_found_as_a_reader_writes_them() -> None:
    defined = names(tree("libs/chassis/src/chassis/dead_letters.py").body)
    assert {"DeadLetter", "DeadLetter.parcel", "Buried.again", "FloodGate.limit", "WINDOW"} <= defined
    assert "DeadLetter.told" not in defined


def test_there_are_decisions_numbered_without_gaps() -> None:
    assert DECISIONS
    numbers = [int(name.removeprefix("docs/decisions/")[:4]) for name in DECISIONS]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_has_150_to_450_words(name: str) -> None:
    assert 150 <= len(text(name).split()) <= 450
