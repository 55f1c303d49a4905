"""Trees of conditions: `all`, `any`, `not`, in Kleene's three-valued logic; every branch is weighed and seen."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from typing_extensions import override

from automation.conditions.comparison import Comparison, Condition, Test, Verdict
from automation.documents import DocumentError, join, one_of
from automation.facts import Facts

BRANCHES = ("all", "any", "not")
DEEPEST = 20


def _gather(verdicts: Iterable[Verdict]) -> tuple[list[bool | None], dict[str, Any]]:
    values: list[bool | None] = []
    seen: dict[str, Any] = {}
    for verdict in verdicts:
        values.append(verdict.value)
        seen |= verdict.seen
    return values, seen


class Branch(Condition):
    """Several conditions together."""

    def __init__(self, parts: tuple[Condition, ...]) -> None:
        self.parts = parts

    @override
    def comparisons(self) -> Iterator[Comparison]:
        for part in self.parts:
            yield from part.comparisons()

    def not_true(self, facts: Facts) -> list[str]:
        """Explain the parts that are false, or where none is, those that are unknown."""
        weighed = [(part, part.weigh(facts).value) for part in self.parts]
        false = [part for part, value in weighed if value is False]
        return [part.explain(facts) for part in false or [part for part, value in weighed if value is None]]

    def tests(self, place: Callable[[str], int], typical: Facts) -> list[Test] | None:
        """Give the tests of all parts, None where one has none."""
        tests = [test for part in self.parts if (test := part.compiled(place, typical)) is not None]
        return tests if len(tests) == len(self.parts) else None


class AllOf(Branch):
    """False when one is false, else unknown when one is unknown; all of nothing is true."""

    @override
    def weigh(self, facts: Facts) -> Verdict:
        values, seen = _gather(part.weigh(facts) for part in self.parts)
        if False in values:
            return Verdict(value=False, seen=seen)
        return Verdict(None if None in values else True, seen)

    @override
    def compiled(self, place: Callable[[str], int], typical: Facts) -> Test | None:
        tests = self.tests(place, typical)
        if tests is None:
            return None

        def all_of(values: Sequence[object]) -> bool | None:
            found: bool | None = True
            for test in tests:
                one = test(values)
                if one is None:
                    return None
                found = found and one
            return found

        return all_of

    @override
    def explain(self, facts: Facts) -> str:
        return "; ".join(self.not_true(facts))

    @override
    def claim(self) -> str:
        return " and ".join(f"({part.claim()})" for part in self.parts)


class AnyOf(Branch):
    """True when one is true, else unknown when one is unknown; any of nothing is false."""

    @override
    def weigh(self, facts: Facts) -> Verdict:
        values, seen = _gather(part.weigh(facts) for part in self.parts)
        if True in values:
            return Verdict(value=True, seen=seen)
        return Verdict(None if None in values else False, seen)

    @override
    def compiled(self, place: Callable[[str], int], typical: Facts) -> Test | None:
        tests = self.tests(place, typical)
        if tests is None:
            return None

        def any_of(values: Sequence[object]) -> bool | None:
            found = [test(values) for test in tests]
            return None if None in found else True in found

        return any_of

    @override
    def explain(self, facts: Facts) -> str:
        reasons = [part.explain(facts) for part in self.parts if part.weigh(facts).value is not True]
        return "none of these holds: " + "; ".join(reasons)

    @override
    def claim(self) -> str:
        return " or ".join(f"({part.claim()})" for part in self.parts)


class Not(Branch):
    """The opposite; unknown stays unknown."""

    @override
    def weigh(self, facts: Facts) -> Verdict:
        inner = self.parts[0].weigh(facts)
        return Verdict(None if inner.value is None else not inner.value, inner.seen)

    @override
    def compiled(self, place: Callable[[str], int], typical: Facts) -> Test | None:
        tests = self.tests(place, typical)
        if tests is None:
            return None
        inner = tests[0]

        def opposite(values: Sequence[object]) -> bool | None:
            found = inner(values)
            return None if found is None else not found

        return opposite

    @override
    def explain(self, facts: Facts) -> str:
        inner = self.parts[0]
        if inner.weigh(facts).value is None:
            return inner.explain(facts)
        values = ", ".join(f"{path} is {value}" for path, value in inner.weigh(facts).seen.items())
        return f"{values}, and it must not be that it {inner.claim()}"

    @override
    def claim(self) -> str:
        return f"not: {self.parts[0].claim()}"


def read_tree(doc: Any, comparisons: Mapping[str, type[Comparison]], path: str, depth: int = 0) -> Condition:
    """Read a condition tree; raises `DocumentError` with the place."""
    if not isinstance(doc, dict):
        raise DocumentError(path, "a condition is an object", "write {field: item.amount, greater: 1000 EUR}")
    if depth > DEEPEST:
        raise DocumentError(path, f"conditions are nested more than {DEEPEST} deep")
    if "field" in doc:
        return _read_comparison(doc, comparisons, path)
    if len(doc) != 1 or (branch := next(iter(doc))) not in BRANCHES:
        raise DocumentError(
            path, f"unknown condition: {', '.join(map(str, doc)) or 'empty'}", one_of((*BRANCHES, "field"))
        )

    def inside(part: Any, at: str) -> Condition:
        return read_tree(part, comparisons, at, depth + 1)

    return _read_branch(branch, doc[branch], join(path, branch), inside)


def _read_branch(branch: str, parts: Any, path: str, inside: Callable[[Any, str], Condition]) -> Condition:
    if branch == "not":
        return Not((inside(parts, path),))
    if not isinstance(parts, list | tuple):
        raise DocumentError(path, f"`{branch}` takes a list of conditions")
    read = tuple(inside(part, join(path, number)) for number, part in enumerate(parts))
    return AllOf(read) if branch == "all" else AnyOf(read)


def _read_comparison(doc: dict[str, Any], comparisons: Mapping[str, type[Comparison]], path: str) -> Comparison:
    named = [key for key in doc if key != "field"]
    if len(named) != 1 or named[0] not in comparisons:
        raise DocumentError(path, f"not one known comparison: {', '.join(named) or 'none'}", one_of(comparisons))
    if not isinstance(doc["field"], str):
        raise DocumentError(join(path, "field"), "a field is named by a text", "write it like item.amount")
    try:
        return comparisons[named[0]](doc["field"], doc[named[0]])
    except DocumentError as error:
        raise DocumentError(join(path, named[0]), error.message, error.fix) from None
