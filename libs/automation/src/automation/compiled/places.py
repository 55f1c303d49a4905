"""The values that a rule reads, each read once and laid in its place."""

from collections.abc import Callable

from automation.compiled.case import Case, as_item
from automation.facts import EMPTY, Facts
from automation.paths import DEEP, ITEM_ATTRIBUTES, KNOWN_WITHOUT_ITEM, ROOTS, filled, of_item, reader

Read = Callable[[Case], object]


class NotCompiled(Exception):
    """A rule reads something that only the general path knows."""


class Places:
    """Paths and their places; `roles` are the links that they go by, in the order of `Case.linked`.

    Most values are fields of the item or of what it links to: they are listed by name, for one loop over each. The
    rest is read by functions; what is known beforehand lies in `blank` already.
    """

    def __init__(self, typical: Facts) -> None:
        self.typical = typical
        self.paths: dict[str, int] = {}
        self.roles: dict[str, int] = {}
        self.blank: list[object] = []
        self.own: list[tuple[str, int]] = []
        self.others: list[tuple[Read, int]] = []

    def of(self, path: str) -> int:
        """Give the place of a path; raises `NotCompiled`."""
        at = self.paths.get(path)
        if at is None:
            at = self.paths[path] = len(self.blank)
            self.blank.append(EMPTY)
            self._lay(path, at)
        return at

    def role(self, role: str) -> int:
        """Give the place of a role."""
        return self.roles.setdefault(role, len(self.roles))

    def _lay(self, path: str, at: int) -> None:
        root, *names = path.split(".")
        read = reader(path)
        if root in KNOWN_WITHOUT_ITEM:
            self.blank[at] = read(self.typical)
        elif root in DEEP:
            raise NotCompiled(path)
        elif len(names) > 1 or (root in ROOTS and root != "item"):
            self.others.append((lambda case: read(case.facts), at))
        elif root != "item":
            self.others.append((_of_link(self.role(root), names[0]), at))
        elif _is_attribute(names[0]):
            self.others.append((lambda case: of_item(as_item(case.item), names[0]), at))
        else:
            self.own.append((names[0], at))

    def fill(self, case: Case) -> list[object]:
        """Read all values."""
        values = self.blank.copy()
        get = case.item.fields.get
        for name, at in self.own:
            value = get(name)
            values[at] = value if value and value.__class__ is str else filled(value)
        for read, at in self.others:
            values[at] = read(case)
        return values


def _is_attribute(name: str) -> bool:
    return name == "name" or name in ITEM_ATTRIBUTES


def _of_link(at: int, name: str) -> Read:
    usual = name not in ITEM_ATTRIBUTES

    def read(case: Case) -> object:
        item = case.linked[at]
        value = item.fields.get(name) if usual and item is not None else None
        return value if value and value.__class__ is str else of_item(as_item(item), name)

    return read
