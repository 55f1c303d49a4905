"""What every comparison has in common: a value, what it must be, and words for when it is not."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, ClassVar

from contracts.elements import FieldKind
from contracts.money import Money
from typing_extensions import override

from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.paths import UNKNOWN, reader
from automation.rates import NoRate, Worth, rates_of
from automation.values import Unreadable, guess, plain_reader, shown, typed

ANY_KIND: frozenset[FieldKind] | None = None
ORDERED: frozenset[FieldKind] = frozenset({"integer", "decimal", "money", "date", "datetime"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a condition came to, None for unknown, and the values it saw by path."""

    value: bool | None
    seen: dict[str, Any]


# Says whether it holds for the values in their places; None where it takes `weigh` to say.
Test = Callable[[Sequence[object]], bool | None]


class Condition(ABC):
    """A node of a condition tree."""

    @abstractmethod
    def weigh(self, facts: Facts) -> Verdict:
        """Decide on these facts."""

    @abstractmethod
    def explain(self, facts: Facts) -> str:
        """Say in words why it is not true on these facts."""

    @abstractmethod
    def claim(self) -> str:
        """Say in words what must be."""

    @abstractmethod
    def comparisons(self) -> Iterator["Comparison"]:
        """Give the comparisons inside, for checks before it is used."""

    @abstractmethod
    def compiled(self, place: Callable[[str], int], typical: Facts) -> Test | None:
        """Compile it for items of the types of these facts, None where only `weigh` can decide.

        The values lie in the places that `place` gives to their paths. What it gives is what `weigh` comes to, but for
        values that are not in the form in which they usually are.
        """


class CannotCompare(ValueError):
    """Two values have no order or equality between them; says why in words."""


class Comparison(Condition):
    """A value against what is written: a literal, or `{field: …}` for another value."""

    KINDS: ClassVar[frozenset[FieldKind] | None] = ANY_KIND
    OF_SEVERAL: ClassVar[bool] = True  # several values may be compared so too
    OF_EACH: ClassVar[bool] = False  # and then each of them is by itself
    AS_A_WHOLE: ClassVar[bool] = False  # or all of them are, with as many
    PHRASE: ClassVar[str]

    def __init__(self, path: str, wanted: Any) -> None:
        self.path = path
        self.wanted = wanted
        self.other: str | None = wanted["field"] if isinstance(wanted, dict) and wanted.keys() == {"field"} else None
        self._read = reader(path)
        self._read_other = reader(self.other) if self.other else None
        self.check()

    def check(self) -> None:
        """Refuse what cannot be compared with; raises `DocumentError`."""
        if isinstance(self.wanted, dict) and self.other is None:
            raise DocumentError("", "a comparison takes a value or {field: name}")
        if isinstance(self.wanted, list | tuple) and any(isinstance(one, dict | list | tuple) for one in self.wanted):
            raise DocumentError("", "a list holds single values", "write a comparison of its own for each, under `any`")

    def check_literal(self, kind: FieldKind, facts: Facts) -> None:
        """Refuse a literal that is not of the field's kind; raises `Unreadable`."""
        if self.other is None:
            typed(self.wanted, kind, facts)

    @property
    def of_nothing(self) -> bool:
        """Say whether what is written to compare with is null, or holds null, which no value ever is."""
        return None in (self.wanted if isinstance(self.wanted, list | tuple) else (self.wanted,))

    @abstractmethod
    def holds(self, value: Any, facts: Facts) -> bool | None:
        """Say whether it holds for a value that is not empty."""

    def empty(self) -> bool:
        """Say what holds for an empty value."""
        return False

    @override
    def weigh(self, facts: Facts) -> Verdict:
        """Decide on these facts."""
        value = self._read(facts)
        seen = {self.path: None if value is EMPTY or value is UNKNOWN else value}
        if self.other and self._read_other:
            other = self._read_other(facts)
            seen[self.other] = None if other is EMPTY or other is UNKNOWN else other
        return Verdict(self._decide(value, facts), {**seen, **self._rates(value, facts)})

    @override
    def explain(self, facts: Facts) -> str:
        """Say in words why it is not true."""
        value = self._read(facts)
        if value is EMPTY:
            return f"{self.path} is empty, {self.claim()}"
        if value is UNKNOWN:
            return f"{self.path} is not known here, {self.claim()}"
        return f"{self.path} is {shown(value)}, {self.claim()}{self._why(value, facts)}"

    @override
    def claim(self) -> str:
        """Say in words what must be."""
        return f"{self.PHRASE} {self.other or shown(self.wanted)}"

    @override
    def comparisons(self) -> Iterator["Comparison"]:
        """Give itself."""
        yield self

    @override
    def compiled(self, place: Callable[[str], int], typical: Facts) -> Test | None:
        test = None if self.other else self.test(self.kind(typical), typical)
        if test is None:
            return None
        at, of_nothing = place(self.path), self.empty()

        def run(values: Sequence[object]) -> bool | None:
            value = values[at]
            return of_nothing if value is EMPTY else test(value)

        return run

    def test(self, kind: FieldKind, typical: Facts) -> Callable[[Any], bool | None] | None:  # noqa: ARG002
        """Give what `holds` says of values of a kind in their usual form, as `plain_reader` has it; None for none."""
        return None

    def kind(self, facts: Facts) -> FieldKind:
        """Give the kind as which both sides are read: that of a field, else what the values look like."""
        return facts.kind(self.path) or (facts.kind(self.other) if self.other else None) or self._looks(facts)

    def pair(self, value: Any, wanted: Any, facts: Facts) -> tuple[Any, Any]:
        """Read both sides as one kind, two currencies as the portal's; raises `CannotCompare`, `Unreadable`."""
        kind = self.kind(facts)
        left, right = typed(value, kind, facts), typed(wanted, kind, facts)
        if isinstance(left, Money) and isinstance(right, Money) and left.currency != right.currency:
            return worth(left, facts), worth(right, facts)
        return left, right

    def same(self, value: Any, wanted: Any, facts: Facts) -> bool:
        """Say whether two single values are equal; raises as `pair` does."""
        left, right = self.pair(value, wanted, facts)
        return bool(ordinal(left) == ordinal(right))

    def wanted_now(self, facts: Facts) -> Any:
        """Give what the value is compared with, which may be `EMPTY`; raises `CannotCompare` where it is not known."""
        if self._read_other is None:
            return self.wanted
        other = self._read_other(facts)
        if other is UNKNOWN:
            raise CannotCompare(f"{self.other} is not known here")
        return other

    def _why(self, value: Any, facts: Facts) -> str:
        try:
            self.holds(value, facts)
        except (CannotCompare, Unreadable) as error:
            return f" ({error})"
        rates = [f"{path}: {rate['rate']} of {rate['on']}" for path, rate in self._rates(value, facts).items()]
        return f" ({', '.join(rates)})" if rates else ""

    def _rates(self, value: Any, facts: Facts) -> dict[str, Any]:
        if value is EMPTY or value is UNKNOWN or self.kind(facts) != "money":
            return {}
        values = _several(value) if self.OF_EACH or self.AS_A_WHOLE else (value,)
        rates: dict[str, Any] = {}
        with suppress(CannotCompare):
            for one, end in product(values, _several(self.wanted_now(facts))):
                rates |= self._rates_of(one, end, facts)
        return rates

    def _rates_of(self, value: Any, wanted: Any, facts: Facts) -> dict[str, Any]:
        rates: dict[str, Any] = {}
        with suppress(CannotCompare, Unreadable):
            for side in self.pair(value, wanted, facts):
                rates |= side.seen if isinstance(side, Worth) else {}
        return rates

    def _looks(self, facts: Facts) -> FieldKind:
        if self._read_other is None:
            return guess(_example(self.wanted))
        looks = {guess(_example(read(facts))) for read in (self._read, self._read_other)}
        if looks == {"money", "decimal"}:
            # As where one of them is written: a number is an amount in the portal's currency.
            return "money"
        return looks.pop() if len(looks) == 1 else "string"

    def _decide(self, value: Any, facts: Facts) -> bool | None:
        if value is UNKNOWN:
            return None
        if value is EMPTY:
            return self.empty()
        try:
            return self.holds(value, facts)
        except (CannotCompare, Unreadable):
            return None


def _example(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and value else value


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def worth(money: Money, facts: Facts) -> Worth:
    """Convert money into the portal's currency by the day's rate; raises `CannotCompare`."""
    try:
        return rates_of(facts.knowledge).convert(money, facts.knowledge.portal.currency, facts.day)
    except NoRate as error:
        raise CannotCompare(str(error)) from None


def settled(answers: Iterable[Callable[[], bool]], *, by: bool) -> bool:
    """Give the answer that settles it where one is, though others are unknown; else raises why they are."""
    unknown: ValueError | None = None
    for answer in answers:
        try:
            if answer() is by:
                return by
        except (CannotCompare, Unreadable) as error:
            unknown = unknown or error
    if unknown is not None:
        raise unknown
    return not by


def plain_literal(written: Any, kind: FieldKind, facts: Facts) -> tuple[Any, Callable[[Any], Any]] | None:
    """Give a literal as what it is ordered by, and what reads values like it; None where it is not of that kind."""
    try:
        literal = typed(written, kind, facts)
    except Unreadable:
        return None
    if isinstance(literal, list | date):
        return None
    return ordinal(literal), plain_reader(kind, literal)


def equal_to(wanted: Any, read: Callable[[Any], Any], *, opposite: bool = False) -> Callable[[Any], bool | None]:
    """Give what says whether a value is equal to one that is ordered by this; None where it cannot be read so."""
    if isinstance(wanted, str):
        return lambda value: (value == wanted) is not opposite if isinstance(value, str) else None
    return lambda value: None if (found := read(value)) is None else (found == wanted) is not opposite


def ordinal(value: Any) -> Any:
    """Give what two values of one kind are ordered by."""
    return value.amount if isinstance(value, Money | Worth) else value
