"""What is written down may be so large and no larger, of these words and no others; the field at fault is named."""

from typing import Any

import pytest
from contracts.apps import MOST, MOST_VALUES, App, AppAction, AppTrigger, AppValue
from contracts.channels import CallAnswering, SmsChannel
from contracts.config import Cap, ConfigChanged, Pause, Quiet, Rate, Resource, Template
from contracts.consents import ConsentSaid
from contracts.data import Part
from contracts.items import Item, ItemChanged, Link
from contracts.rules import Rule, RuleSet, StageRules
from contracts.visits import VisitSettings
from contracts.webhooks import FieldMapping, Header, Hmac, KindOf
from pydantic import ValidationError

A = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e01"
AT = "2026-03-02T09:30:00Z"
LINK = {"role": "contact", "type": "contact", "id": A}
ITEM = {"id": A, "type": "deal", "version": 1, "entered_at": AT, "created_at": AT}
RULE = {"id": A, "key": "greet"}
VALUES = [{"key": f"v{n}"} for n in range(MOST_VALUES + 1)]
ACTIONS = [{"key": f"a{n}"} for n in range(MOST + 1)]
LATER = {"key": "a", "answers": "later"}
APP = {"id": "acme", "address": "https://acme.example/x"}
RATE = {"currency": "USD", "to": "EUR", "on": "2026-03-02"}
# The model, what fits to its limit, and what is one step beyond it in the field that is named first.
LIMITS: list[tuple[type[Part], dict[str, Any], dict[str, Any], str]] = [
    (Item, {**ITEM, "links": [LINK] * 20}, {**ITEM, "links": [LINK] * 21}, "links"),
    (
        ItemChanged,
        {"item": ITEM, "config": 1, "linked": [ITEM] * 20},
        {"item": ITEM, "config": 1, "linked": [ITEM] * 21},
        "linked",
    ),
    (Rule, {**RULE, "do": {"send-sms": {}}}, {**RULE, "do": {"send-sms": {}, "move": {}}}, "do"),
    (Rule, {**RULE, "do": {"wait": {"for": "x"}}}, {**RULE, "do": {}}, "do"),
    (Cap, {"at_most": 1, "hours": 1}, {"at_most": 0, "hours": 1}, "at_most"),
    (Cap, {"at_most": 1000, "hours": 8760}, {"at_most": 1, "hours": 8761}, "hours"),
    (Quiet, {"from": "00:00", "until": "23:59"}, {"from": "24:00", "until": "09:00"}, "from"),
    (Quiet, {"from": "21:00", "until": "09:00"}, {"from": "21:00", "until": "9:00"}, "until"),
    (Quiet, {"from": "21:00", "until": "09:00"}, {"from": "21:00\n", "until": "09:00"}, "from"),
    (Pause, {"scope": "all"}, {"scope": "everything"}, "scope"),
    (Template, {"id": "t", "file": "f", "link_days": 1}, {"id": "t", "file": "f", "link_days": 0}, "link_days"),
    (Template, {"id": "t", "file": "f", "link_days": 3650}, {"id": "t", "file": "f", "link_days": 3651}, "link_days"),
    (Resource, {"id": "van", "slot_minutes": 5}, {"id": "van", "slot_minutes": 4}, "slot_minutes"),
    (Resource, {"id": "van", "slot_minutes": 1440}, {"id": "van", "slot_minutes": 1441}, "slot_minutes"),
    (Rate, {**RATE, "rate": "0.00000001"}, {**RATE, "rate": "0"}, "rate"),
    (Rate, {**RATE, "rate": 2}, {**RATE, "rate": -1}, "rate"),
    (VisitSettings, {"session": 1440, "away": 1}, {"session": 1441}, "session"),
    (VisitSettings, {"keep_days": 800}, {"keep_days": 801}, "keep_days"),
    (SmsChannel, {"stop": [" BASTA "]}, {"stop": ["  "]}, "stop"),
    (SmsChannel, {"stop": ["x" * 40]}, {"stop": ["x" * 41]}, "stop"),
    (CallAnswering, {"dial": "+351912345678"}, {"dial": "351912345678"}, "dial"),
    (CallAnswering, {"dial": "sip:desk@shop.example"}, {"dial": "sip:the desk"}, "dial"),
    (CallAnswering, {"dial": "", "timeout": 5}, {"timeout": 4}, "timeout"),
    (ConsentSaid, {"channel": "email", "state": "given"}, {"channel": "pigeon", "state": "given"}, "channel"),
    (Header, {"header": "X-Signature_1"}, {"header": "X Signature"}, "header"),
    (Hmac, {"header": "X", "prefix": "sha256="}, {"header": "X", "algorithm": "md5"}, "algorithm"),
    (KindOf, {"from": "type", "means": {"a": "b"}}, {"from": "type", "means": {}}, "means"),
    (FieldMapping, {"identities": {"phone": "tel"}}, {"identities": {"fax": "tel"}}, "identities"),
    (AppValue, {"key": "a" * 63}, {"key": "a" * 64}, "key"),
    (AppValue, {"key": "a_1"}, {"key": "1_a"}, "key"),
    (AppAction, {"key": "book", "inputs": VALUES[:-1]}, {"key": "book", "inputs": VALUES}, "inputs"),
    (AppAction, {**LATER, "time_limit": 2_592_000}, {**LATER, "time_limit": 2_592_001}, "time_limit"),
    (AppTrigger, {"key": "scored", "payload": VALUES[:-1]}, {"key": "scored", "payload": VALUES}, "payload"),
    (App, {**APP, "actions": ACTIONS[:-1]}, {**APP, "actions": ACTIONS}, "actions"),
    (App, {**APP, "id": "a"}, {**APP, "id": "Acme"}, "id"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "fits", "beyond", "field"), LIMITS, ids=lambda one: getattr(one, "__name__", ""))
def test_what_is_at_its_limit_fits_and_what_is_beyond_is_refused_by_its_field(
    model: type[Part], fits: dict[str, Any], beyond: dict[str, Any], field: str
) -> None:
    assert isinstance(model.model_validate(fits), model)
    with pytest.raises(ValidationError) as refused:
        model.model_validate(beyond)
    assert {error["loc"][0] for error in refused.value.errors()} == {field}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"actions": [{"key": "a", "time_limit": 31}]}, "an answer at once comes within 30 seconds"),
        ({"actions": [{"key": "a"}, {"key": "a"}]}, "actions: the key 'a' is there twice"),
        ({"actions": [{"key": "a", "inputs": [{"key": "x"}, {"key": "x"}]}]}, "inputs: the key 'x' is there twice"),
        ({"actions": [{"key": "a", "outputs": [{"key": "x"}, {"key": "x"}]}]}, "outputs: the key 'x' is there twice"),
        ({"triggers": [{"key": "t"}, {"key": "t"}]}, "triggers: the key 't' is there twice"),
        ({"triggers": [{"key": "t", "payload": [{"key": "kind"}, {"key": "app"}]}]}, "of the name app, kind, which is"),
        ({"actions": [{"key": "a", "inputs": [{"key": "x", "kind": "choice"}]}]}, "a choice needs `choices`"),
        ({"actions": [{"key": "a", "inputs": [{"key": "x", "choices": ["y"]}]}]}, "nothing else has them"),
    ],
)
def test_a_manifest_that_cannot_be_meant_is_refused_in_words(told: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        App.model_validate({**APP, **told})
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        *("", "acme.example", "ftp://acme.example", "https://", "https:///x", "https://u:p@acme.example/"),
        *("https://acme.example/#part", "https://acme.example:99999/", "https://[::1", "https://acme.example:x/"),
    ],
)
def test_an_address_that_cannot_be_called_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="address"):
        App.model_validate({**APP, "address": address})


def test_an_app_gives_what_it_has_by_its_key_and_nothing_by_another() -> None:
    app = App.model_validate({**APP, "actions": [{"key": "a"}], "triggers": [{"key": "t"}]})
    assert (getattr(app.action("a"), "key", None), app.action("t")) == ("a", None)
    assert (getattr(app.trigger("t"), "key", None), app.trigger("a")) == ("t", None)


def test_only_enabled_rules_of_the_stage_hold_in_their_order() -> None:
    rules: list[dict[str, Any]] = [
        {**RULE, "key": key, "do": {"wait": {}}, "enabled": key != "off"} for key in ("b", "off", "a")
    ]
    stages = (StageRules.model_validate({"stage": "new", "rules": rules}), StageRules(stage="paid"))
    held = RuleSet(pipeline="deal/retail", number=1, stages=stages, published_by="mara")
    assert [rule.key for rule in held.of("new")] == ["b", "a"]
    assert held.of("paid") == held.of("nowhere") == ()
    assert (held.of("new")[0].action, held.of("new")[0].params) == ("wait", {})


def test_of_several_links_under_one_role_the_first_is_meant() -> None:
    links = [Link.model_validate({**LINK, "id": f"{A[:-1]}{n}"}) for n in (3, 2)]
    item = Item.model_validate({**ITEM, "links": [link.model_dump() for link in links]})
    assert item.linked("contact") == links[0].id
    assert item.linked("invoice") is None


def test_a_record_of_the_config_that_does_not_fit_names_the_field() -> None:
    told = {"kind": "pause", "id": "all", "revision": 1, "data": {"scope": "town"}, "changed_at": AT}
    with pytest.raises(ValidationError, match="scope"):
        ConfigChanged.model_validate(told).record()
