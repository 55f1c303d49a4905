"""Many keys find their partitions at once, as each finds it alone."""

from chassis.places import partition_of, places_of
from hypothesis import given
from hypothesis import strategies as st

IDS = st.lists(st.uuids().map(str), max_size=40)


@given(keys=IDS, partitions=st.integers(1, 50))
def test_ids_find_their_partitions_as_each_does_alone(keys: list[str], partitions: int) -> None:
    assert places_of(keys, partitions) == [partition_of(key, partitions) for key in keys]


def test_other_keys_do_too() -> None:
    keys = ["", "person/ann", "ü" * 18, "0" * 37, "0" * 35]
    assert places_of(keys, 12) == [partition_of(key, 12) for key in keys]
