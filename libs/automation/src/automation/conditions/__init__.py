"""Whether a rule or trigger applies: one file for each family of comparisons, and the one table of them."""

from typing import Any

from automation.conditions.changes import Changed
from automation.conditions.comparison import Comparison, Condition, Verdict
from automation.conditions.emptiness import Empty
from automation.conditions.equality import Differs, Equals
from automation.conditions.magnitude import Between, Greater, Smaller
from automation.conditions.membership import Contains, In
from automation.conditions.moments import AfterMoment, BeforeMoment
from automation.conditions.tree import AllOf, read_tree

COMPARISONS: dict[str, type[Comparison]] = {
    "equals": Equals,
    "differs": Differs,
    "in": In,
    "contains": Contains,
    "empty": Empty,
    "greater": Greater,
    "smaller": Smaller,
    "between": Between,
    "before": BeforeMoment,
    "after": AfterMoment,
    "changed": Changed,
}
ALWAYS: Condition = AllOf(())


def read_condition(doc: dict[str, Any] | None, path: str = "when") -> Condition:
    """Read a condition; none always holds; raises `DocumentError` with the place."""
    return ALWAYS if doc is None else read_tree(doc, COMPARISONS, path)


__all__ = ["ALWAYS", "COMPARISONS", "Comparison", "Condition", "Verdict", "read_condition"]
