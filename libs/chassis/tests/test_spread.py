"""A spread tells what the library's own histogram tells of the same values."""

from chassis.spread import Spread
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

BOUNDS = (0.005, 0.1, 1, 60)
BATCHES = st.lists(
    st.tuples(st.sampled_from(("fire", "replan")), st.lists(st.sampled_from((0, 0.005, 0.05, 1, 7, 90))))
)


@given(BATCHES)
@settings(max_examples=50, deadline=None)
def test_batches_are_counted_as_values_one_by_one_are(batches: list[tuple[str, list[float]]]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    spread = Spread("lateness", "How late", "lane", BOUNDS, ours)
    histogram = Histogram("lateness", "How late", ["lane"], buckets=BOUNDS, registry=theirs)
    for lane, values in batches:
        spread.observe(lane, values)
        one_by_one = histogram.labels(lane)
        for value in values:
            one_by_one.observe(value)
    assert told(ours) == told(theirs)


def told(registry: CollectorRegistry) -> dict[str, float]:
    lines = generate_latest(registry).decode().splitlines()
    samples = [line.rsplit(" ", 1) for line in lines if not line.startswith("#") and "_created" not in line]
    return {name: round(float(value), 6) for name, value in samples}
