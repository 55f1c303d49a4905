"""The figures that are watched, and the board that shows the last look at them in Prometheus' format."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; its name is that of the metric."""

    name: str
    means: str
    labels: tuple[str, ...] = ()


WATCHED = Figure("signalbox_watched", "1 where the last look was answered", ("what",))
LAG = Figure("signalbox_lag", "Records that a group has not finished", ("group", "topic"))
FINISHED = Figure("signalbox_finished", "Where a group is: the sum of what it has committed", ("group", "topic"))
DEAD = Figure("signalbox_dead_letters_kept", "Dead letters that stand, those that were sent again too", ("group",))
OUTBOX = Figure("signalbox_outbox_age_seconds", "How long the oldest outbox row has waited", ("service",))
OVERDUE = Figure("signalbox_timers_overdue_seconds", "How late the oldest timer is by now", ("service", "lane"))
UNCERTAIN = Figure("signalbox_effects_uncertain", "Effects of which nobody knows whether the provider took them")
CLOSED = Figure("signalbox_account_closed", "1 for an account at a provider that is left alone", ("account",))
LOOPS = Figure("signalbox_loops_stopped", "Chains of automation that are stopped until a person releases them")
FIGURES = (WATCHED, LAG, FINISHED, DEAD, OUTBOX, OVERDUE, UNCERTAIN, CLOSED, LOOPS)


@dataclass(frozen=True, slots=True)
class Sample:
    """What one look found of a figure."""

    figure: Figure
    labels: Sequence[str]
    value: float


class Board(Collector):
    """Shows the last look; before the first there is nothing to see."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._samples: Sequence[Sample] = ()
        self.registry.register(self)

    def show(self, samples: Iterable[Sample]) -> None:
        """Show these from now on, and nothing of what was before."""
        self._samples = tuple(samples)

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figure in FIGURES:
            family = GaugeMetricFamily(figure.name, figure.means, labels=figure.labels)
            for sample in self._samples:
                if sample.figure is figure:
                    family.add_metric(sample.labels, sample.value)
            yield family
