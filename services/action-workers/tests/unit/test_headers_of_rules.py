"""Headers that a rule writes stand in the place of ours: a name that is sent twice is refused by many services."""

import pytest
from action_workers.actions.http_fetch import unless_written

OURS = {"Accept": "application/json", "Idempotency-Key": "7"}


@pytest.mark.parametrize("name", ["Accept", "accept", "ACCEPT"])
def test_a_header_of_a_rule_is_sent_once_however_its_name_is_written(name: str) -> None:
    assert unless_written(OURS, {name: "text/csv"}) == {"Idempotency-Key": "7", name: "text/csv"}


def test_without_any_of_a_rule_ours_are_sent() -> None:
    assert unless_written(OURS, {"X-Shop": "1"}) == {**OURS, "X-Shop": "1"}
