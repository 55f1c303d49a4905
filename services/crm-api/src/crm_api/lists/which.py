"""Which items a list holds."""

from dataclasses import dataclass, field, replace

from crm_api.access.rights import Reach
from crm_api.lists.conditions import Condition, Order


@dataclass(frozen=True, slots=True)
class Which:
    """Which items of a type to list: of a pipeline (empty: of any), in these stages of it (none: in any).

    `search` is a text search query, empty for none.
    """

    type: str
    reach: Reach
    pipeline: str = ""
    stages: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    search: str = ""
    order: Order = field(default_factory=Order)

    def in_stage(self, stage: str) -> "Which":
        """Give those of one stage only."""
        return replace(self, stages=(stage,))

    @property
    def without_value(self) -> "Which":
        """Give those that have no value in the field by which they are sorted, in the order in which they were made."""
        empty = Condition(self.order.field, negated=True)
        order = Order(descending=self.order.descending)
        return replace(self, conditions=(*self.conditions, empty), order=order)

    @property
    def may_lack_value(self) -> bool:
        """Say whether some of them may have no value in the field by which they are sorted."""
        return not any(one.field == self.order.field and not one.negated for one in self.conditions)
