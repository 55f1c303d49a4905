"""Pipelines, secrets and conversions as people write them, without a server."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from automation.checking import Finding
from automation.knowledge import Knowledge
from chassis.secrets import Sealer
from contracts.config import ConfigChanged
from contracts.elements import ElementField, ElementType
from contracts.items import Item, Link
from crm_api.config.sealing import SET, place, sealed, shown
from crm_api.fields import FieldError
from crm_api.record.conversions import carried_fields, carried_links
from crm_api.rules.pipelines import WrittenPipeline, placed, stages_written_twice, write
from pydantic import SecretStr, ValidationError

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {
    "name": "Retail",
    "stages": [
        {"key": "new", "rules": [{"key": "greet", "timing": "immediate", "do": {"send-sms": {"to": "contact"}}}]},
        {
            "key": "paid",
            "kind": "success",
            "triggers": [{"key": "paid", "on": "invoice.paid"}],
            "rules": [{"key": "off", "enabled": False, "do": {"create-task": {"title": "Prepare"}}}],
        },
    ],
}


def test_a_mistake_inside_a_stage_is_the_only_one_that_is_told() -> None:
    rule = {"key": "call", "do": {"create-task": {}}, "colour": "red"}
    with pytest.raises(ValidationError) as caught:
        WrittenPipeline.model_validate({"stages": [{"key": "new", "rules": [rule]}]})
    assert [error["loc"] for error in caught.value.errors()] == [("stages", 0, "rules", 0, "colour")]


def test_a_document_becomes_records_and_the_records_the_document() -> None:
    document = WrittenPipeline.model_validate(DOCUMENT)
    pipeline, rules = document.as_pipeline("deal/retail", 3), document.as_rule_set("deal/retail", 3, "user:ann")
    assert (pipeline.type, pipeline.rule_set, [stage.kind for stage in pipeline.stages]) == (
        "deal",
        3,
        ["open", "success"],
    )
    assert [len(stage.rules) for stage in rules.stages] == [1, 1]
    assert rules.of("paid") == ()
    assert write(pipeline, rules) == document.model_copy(update={"pipeline": "deal/retail"})


def test_a_rule_keeps_its_id_whatever_else_is_written() -> None:
    before = WrittenPipeline.model_validate(DOCUMENT).as_rule_set("deal/retail", 1, "user:ann")
    stages = [{"key": "first"}, *DOCUMENT["stages"]]
    after = WrittenPipeline.model_validate({"stages": stages}).as_rule_set("deal/retail", 2, "user:bob")
    assert after.of("new")[0].id == before.of("new")[0].id


def test_a_pipeline_without_rules_is_written_with_its_stages() -> None:
    pipeline = WrittenPipeline.model_validate(DOCUMENT).as_pipeline("deal/retail", 0)
    assert [stage.rules for stage in write(pipeline, None).stages] == [(), ()]


@pytest.mark.parametrize("key", ["", "Up", "a b", "a/b", "-a", "a" * 64])
def test_a_key_is_small_letters_digits_and_dashes(key: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        WrittenPipeline.model_validate({"stages": [{"key": key}]})


def test_a_stage_written_twice_is_found_at_its_second_place() -> None:
    document = WrittenPipeline.model_validate({"stages": [{"key": "a"}, {"key": "b"}, {"key": "a"}]})
    assert [finding.path for finding in stages_written_twice(document)] == ["stages.2.key"]


def test_a_finding_at_a_trigger_is_placed_in_the_document() -> None:
    document = WrittenPipeline.model_validate(DOCUMENT)
    assert placed(Finding("triggers.paid.0.on", ""), document) == "stages.1.triggers.0.on"
    assert placed(Finding("stages.0.rules.0.do", ""), document) == "stages.0.rules.0.do"


SEALER = Sealer(SecretStr("c2lnbmFsYm94LXRlc3RzLWtleS0zMi1ieXRlcy1sb24="))
HELD = ConfigChanged(
    kind="connection",
    id="sms",
    revision=1,
    data={"provider": "twilio", "secrets": {"token": SEALER.seal("old", place("connection", "sms", "token"))}},
    changed_at=NOW,
)


def test_a_secret_is_sealed_for_its_place() -> None:
    found = sealed({"token": "new"}, HELD, SEALER)
    assert SEALER.open(found["token"], "connection/sms/token") == "new"


def test_the_same_secret_stays_as_it_was_sealed() -> None:
    assert sealed({"token": "old"}, HELD, SEALER) == HELD.data["secrets"]
    assert sealed({"token": SET}, HELD, SEALER) == HELD.data["secrets"]


def test_a_secret_that_is_left_out_goes() -> None:
    assert sealed({}, HELD, SEALER) == {}


def test_a_secret_under_another_key_is_sealed_anew() -> None:
    other = Sealer(SecretStr("YW5vdGhlci1rZXktb2YtMzItYnl0ZXMtZm9yLXRlc3Q="))
    assert other.open(sealed({"token": "old"}, HELD, other)["token"], "connection/sms/token") == "old"


@pytest.mark.parametrize("given", [{"token": 5}, {"token": ""}, {"token": None}, {"other": SET}])
def test_what_is_no_secret_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(FieldError, match="secrets"):
        sealed(given, HELD, SEALER)


def test_without_a_key_nothing_is_kept_in_clear() -> None:
    with pytest.raises(FieldError, match="SECRET_KEY"):
        sealed({"token": "new"}, HELD, None)


def test_of_a_secret_only_that_it_is_set_is_shown() -> None:
    assert shown("connection", HELD.data) == {"provider": "twilio", "secrets": {"token": SET}}
    assert shown("person", {"name": "Ann"}) == {"name": "Ann"}


def type_of(key: str, **kinds: Any) -> ElementType:
    """Give a type with fields of these kinds."""
    return ElementType(key=key, fields=tuple(ElementField(key=name, kind=kind) for name, kind in kinds.items()))


KNOWLEDGE = Knowledge(
    types={
        "deal": type_of("deal", amount="money", due="date", wish="text", code="string"),
        "invoice": type_of("invoice", amount="money", pay_before="date", code="integer", subject="string"),
    }
)
CONTACT, COMPANY = (Link(role=role, type=role, id=uuid4()) for role in ("contact", "company"))
DEAL = Item(
    id=uuid4(),
    type="deal",
    version=1,
    entered_at=NOW,
    created_at=NOW,
    title="Oak table",
    fields={"amount": "5 EUR", "wish": "soon", "code": "X"},
    links=(CONTACT, COMPANY, Link(role="invoice", type="invoice", id=uuid4())),
)


def test_without_a_mapping_fields_of_the_same_key_and_kind_are_carried() -> None:
    assert carried_fields(KNOWLEDGE, DEAL, "invoice", None) == {"amount": "5 EUR"}


def test_a_mapping_names_the_source_of_each_field_and_empty_ones_stay_empty() -> None:
    mapping = {"amount": "amount", "pay_before": "due", "subject": "title"}
    assert carried_fields(KNOWLEDGE, DEAL, "invoice", mapping) == {"amount": "5 EUR", "subject": "Oak table"}


def test_a_mapping_from_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(FieldError, match=r"mapping\.amount"):
        carried_fields(KNOWLEDGE, DEAL, "invoice", {"amount": "price"})


def test_the_new_item_is_linked_to_its_source_and_the_same_people() -> None:
    source = Link(role="deal", type="deal", id=DEAL.id)
    assert carried_links(DEAL, "invoice") == (source, CONTACT, COMPANY)
    assert carried_links(DEAL, "contact") == (source, COMPANY)


def test_a_document_that_is_nested_without_end_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"not": deep}
    rule = {"key": "call", "do": {"create-task": {}}, "when": deep}
    with pytest.raises(ValidationError, match="nested more than 50 deep"):
        WrittenPipeline.model_validate({"stages": [{"key": "new", "rules": [rule]}]})
