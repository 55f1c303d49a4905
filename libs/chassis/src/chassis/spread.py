"""A histogram that takes the values of a whole batch at once: one by one they cost more than what is measured."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry
from typing_extensions import override


@dataclass(slots=True)
class Seen:
    """What was seen under one label: how many were at most each bound, how many there were, and their sum."""

    within: list[int]
    count: int = 0
    total: float = 0.0


@dataclass(eq=False)
class Spread(Collector):
    """How values are spread over buckets, by one label; `bounds` ascend."""

    name: str
    text: str
    label: str
    bounds: Sequence[float]
    registry: CollectorRegistry = REGISTRY
    seen: dict[str, Seen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Be among the metrics of the process."""
        self.registry.register(self)

    def observe(self, under: str, values: Iterable[float]) -> None:
        """Note values under a label."""
        ordered = sorted(values)
        seen = self.seen.setdefault(under, Seen([0] * len(self.bounds)))
        for nth, bound in enumerate(self.bounds):
            seen.within[nth] += bisect_right(ordered, bound)
        seen.count += len(ordered)
        seen.total += sum(ordered)

    @override
    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Give the metric as it is told."""
        family = HistogramMetricFamily(self.name, self.text, labels=[self.label])
        for under, seen in self.seen.items():
            buckets = [(str(float(bound)), n) for bound, n in zip(self.bounds, seen.within, strict=True)]
            family.add_metric([under], [*buckets, ("+Inf", seen.count)], seen.total)
        yield family
