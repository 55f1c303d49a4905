"""What timings with many occurrences have in common: each occurrence has a name, and later ones have greater names."""

from abc import abstractmethod
from dataclasses import replace
from datetime import datetime

from typing_extensions import override

from automation.timing.plans import DueAt, NoOccurrence, PlanContext, Planned, SkippedPast, Timing


class Recurring(Timing):
    """Due again and again while the item stays; the next occurrence is planned when one has fired."""

    @property
    @override
    def recurs(self) -> bool:
        return True

    @override
    def plan(self, moment: PlanContext) -> Planned:
        return self.one(moment) if moment.occurrence else self.first(moment)

    @abstractmethod
    def one(self, moment: PlanContext) -> Planned:
        """Plan the occurrence that the context names."""

    @abstractmethod
    def first(self, moment: PlanContext) -> Planned:
        """Plan the first occurrence of an entry."""

    @abstractmethod
    def following(self, moment: PlanContext) -> Planned:
        """Plan the occurrence after the one that the context names, though it may be past."""

    def instead(self, moment: PlanContext) -> Planned:
        """Plan what takes the place of the occurrence that the context names, which fell away."""
        return self.following(moment)

    def overtaken(self, moment: PlanContext) -> str | None:
        """Give the occurrence after the named one where that is due too: only the latest runs late."""
        after = self.following(moment)
        return after.occurrence if isinstance(after, DueAt | SkippedPast) and after.at <= moment.now else None

    def named(self, occurrence: str, at: datetime, cause: str, moment: PlanContext) -> DueAt | SkippedPast:
        """Answer with the moment of an occurrence, or that it is over."""
        return replace(self.due(at, self.words(cause), moment), occurrence=occurrence)


def unknown(moment: PlanContext) -> NoOccurrence:
    """Answer that the rule, as it is now, has no occurrence of the context's name."""
    reason = f"the rule as it is now has no occurrence {moment.occurrence}"
    return NoOccurrence(reason, moment.occurrence)
