"""Which executions are meant: what a filter asks the database for, and reasons that every service can keep."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from crm_api.executions.orders import RETRIED
from crm_api.http.bulk import Cancellations, Filter
from crm_api.http.executions import Cancellation
from crm_api.store.executions import COUNTED, OF, Which
from pydantic import ValidationError

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_a_filter_asks_for_what_is_named_and_numbers_its_parameters_from_where_it_is_told() -> None:
    assert Which().predicate(5) == ("", [])
    which = Filter(rule_set=0, stage="new", due_before=AT).which
    predicate, values = which.predicate(7)
    assert dict(zip(values, ("rule_set", "stage", "due_before"), strict=True)) == {
        "0": "rule_set",
        "new": "stage",
        AT.isoformat(): "due_before",
    }
    parts = (OF[name].format(f"${n}") for n, name in enumerate(("rule_set", "stage", "due_before"), 7))
    assert predicate == "".join(f" AND {part}" for part in parts)


def test_everything_that_a_filter_may_name_reaches_the_database() -> None:
    id_ = UUID(int=7)
    asked = Filter(
        state="failed", pipeline="deal/retail", rule_set=1, stage="new", rule=id_, rule_key="greet", item=id_,
        contact=id_, due_after=AT, due_before=AT,
    )  # fmt: skip
    predicate, values = asked.which.predicate(1)
    assert len(values) == len(OF) == len(Filter.model_fields)
    assert [f"${n}" in predicate for n in range(1, len(OF) + 2)] == [True] * len(OF) + [False]


def test_what_somebody_may_try_again_is_counted_for_them_but_for_what_was_meant_so() -> None:
    assert set(RETRIED) - {"skipped"} <= set(COUNTED)


@pytest.mark.parametrize("model", [Cancellation, Cancellations])
@pytest.mark.parametrize(("reason", "fits"), [("a" * 1000, True), ("a" * 1001, False), ("a\0b", False)])
def test_a_reason_can_be_kept_by_every_service_that_it_travels_to(
    model: type[Cancellation | Cancellations], reason: str, *, fits: bool
) -> None:
    given = {"reason": reason, **({"where": {}} if model is Cancellations else {})}
    if fits:
        assert model.model_validate(given).reason == reason
        return
    with pytest.raises(ValidationError) as error:
        model.model_validate(given)
    assert [one["loc"] for one in error.value.errors()] == [("reason",)]
