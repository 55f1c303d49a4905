"""Records of the config as people write them: what is refused, with its place, and what is filled in."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from automation.knowledge import Knowledge
from automation.testing import NOW, record
from contracts.config import KINDS, Calendar, Clock, Pipeline, Portal, Rate
from contracts.rules import Stage
from crm_api.config.rates import is_day
from crm_api.config.records import EDITED, LONGEST_ID, NAMED_BY, SINGLE, read_record
from crm_api.config.rehearsal_clock import FARTHEST, check_forward
from crm_api.config.webhook_secrets import check_signing
from crm_api.fields import FieldError

RETAIL = Pipeline(id="deal/retail", type="deal", stages=(Stage(key="new"), Stage(key="paid")), rule_set=1)
COMPANY = Knowledge(
    calendars={"shop": Calendar(id="shop", zone="UTC", weekly={})},
    portals={"portal": Portal(currency="USD")},
    pipelines={"deal/retail": RETAIL},
)
CREATE = {"type": "deal", "pipeline": "deal/retail", "stage": "new"}
DEEP = json.loads('{"a": [' * 150 + "]}" * 150)


def read(name: str, /, **given: Any) -> Any:
    kind, _, id_ = name.partition("/")
    return read_record(kind, id_, given, COMPANY)


def refused(name: str, /, **given: Any) -> FieldError:
    with pytest.raises(FieldError) as error:
        read(name, **given)
    assert error.value.fix
    return error.value


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("rate/EUR", {"rate": "1"}, "id", "does not name a currency and a day"),
    ("rate/EUR/20261122", {"rate": "1"}, "id", "does not name"),
    ("rate/EUR/2026-02-30", {"rate": "1"}, "id", "does not name"),
    ("rate/EUR/2026-11-22", {"rate": "1", "on": "2026-11-23"}, "on", "the address says '2026-11-22'"),
    ("rate/EUR/2026-11-22", {"rate": "1", "currency": "GBP"}, "currency", "the address says 'EUR'"),
    ("rate/EUR/2026-11-22", {}, "rate", "not exact"),
    ("rate/EUR/2026-11-22", {"rate": "much"}, "rate", "not exact"),
    ("rate/EUR/2026-11-22", {"rate": "0"}, "rate", "greater than 0"),
    ("rate/EUR/2026-11-22", {"rate": "-1"}, "rate", ""),
    ("rate/XXA/2026-11-22", {"rate": "1"}, "currency", "no currency"),
    ("rate/EUR/2026-11-22", {"rate": "1", "to": "eur"}, "to", "no currency"),
    ("rate/USD/2026-11-22", {"rate": "1"}, "to", "from USD to itself"),
    ("portal/other", {}, "id", "one portal only"),
    ("clock/other", {}, "id", "one clock only"),
    ("portal/portal", {"currency": "euro"}, "currency", "no currency"),
    ("portal/portal", {"id": "portal"}, "id", "nobody knows this key"),
    ("connection/sms", {"provider": "x", "settings": DEEP}, "settings", "nested more than 50 deep"),
    ("resource/van", {"calendar": "moon"}, "calendar", "no calendar 'moon'"),
    ("resource/van", {"slot_minutes": 4}, "slot_minutes", "5"),
    ("resource/van", {"slot_minutes": 24 * 60 + 1}, "slot_minutes", "1440"),
    ("template/offer", {"file": "ab", "link_days": 0}, "link_days", "1"),
    ("template/offer", {}, "file", "required"),
    ("role/seller", {"grants": [{"actions": ["fly"]}]}, "grants.0.actions.0", "read"),
    ("role/seller", {"grants": [{"whose": "mine"}]}, "grants.0.whose", "own"),
    ("role/seller", {"grants": [{"type": "deal", "pipline": "deal/retail"}]}, "grants.0.pipline", "nobody knows"),
    ("role/seller", {"automation": {"deal": "write"}}, "automation.deal", "change"),
    ("role/seller", {"key": "buyer"}, "key", "the address says 'seller'"),
    ("pause/p", {"of": "deal/retail"}, "scope", "required"),
    ("connection/sms", {"settings": {}}, "provider", "required"),
    ("calendar/shop", {"zone": "UTC", "weekly": {"6": [["25:00", "26:00"]]}}, "weekly", ""),
    ("calendar/shop", {"zone": "UTC"}, "weekly", "required"),
    ("calendar/shop", {"zone": "UTC", "weekly": {"7": [["09:00", "18:00"]]}}, "weekly", "no day 7"),
    ("calendar/shop", {"zone": "UTC", "weekly": {"-1": []}}, "weekly", "no day -1"),
    ("person/ann", {"name": "Ann", "weekly": {"7": [["09:00", "18:00"]]}}, "weekly", "no day 7"),
    ("source/s", {"kind": "form", "token": "t", "nobody": {"do": "create"}}, "nobody.create", "not what"),
]


@pytest.mark.parametrize(("name", "given", "field", "words"), REFUSED)
def test_what_cannot_be_is_refused_with_its_place(name: str, given: dict[str, Any], field: str, words: str) -> None:
    error = refused(name, **given)
    assert error.field == field
    assert words in error.problem


@pytest.mark.parametrize("kind", sorted(set(EDITED) - set(SINGLE)))
def test_an_id_is_some_text_that_an_index_can_hold(kind: str) -> None:
    for id_ in ("", "a" * (LONGEST_ID + 1)):
        error = refused(f"{kind}/{id_}")
        assert (error.field, str(len(id_)) in error.problem) == ("id", True)


def test_the_longest_id_is_taken() -> None:
    assert read(f"person/{'a' * LONGEST_ID}", name="Ann").name == "Ann"


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(EDITED)))
def test_kinds_with_operations_of_their_own_are_not_written_here(kind: str) -> None:
    assert refused(f"{kind}/x").field == "kind"


@pytest.mark.parametrize("kind", sorted(NAMED_BY))
def test_a_record_is_called_as_its_address_says(kind: str) -> None:
    assert refused(f"{kind}/one", **{NAMED_BY[kind]: "other"}).field == NAMED_BY[kind]


def test_a_rate_leads_to_the_currency_of_the_company_and_stays_exact() -> None:
    rate = read("rate/EUR/2026-11-22", rate="1.08350")
    assert rate == Rate(currency="EUR", to="USD", on=date(2026, 11, 22), rate=Decimal("1.08350"))
    assert str(rate.rate) == "1.08350"
    assert read("rate/EUR/2026-11-22", rate="1.2", to="GBP").to == "GBP"


@pytest.mark.parametrize(
    ("written", "is_one"),
    [("2024-02-29", True), ("2026-02-29", False), ("2026-W10-1", False), ("2026-3-2", False), ("", False)],
)
def test_a_day_is_written_in_one_way_only(written: str, *, is_one: bool) -> None:
    assert is_day(written) == is_one


def test_a_resource_may_follow_the_working_time_of_the_company_or_a_calendar_of_its_own() -> None:
    assert read("resource/van", slot_minutes=5).calendar == ""
    assert read("resource/van", calendar="shop", slot_minutes=24 * 60).slot_minutes == 1440


@pytest.mark.parametrize(
    ("wrong", "field", "fix"),
    [
        ({"pipeline": "deal/moon"}, "nobody.create.pipeline", "publish the pipeline first"),
        ({"type": "invoice"}, "nobody.create.pipeline", "correct its id"),
        ({"stage": "gone"}, "nobody.create.stage", "use one of: new, paid"),
    ],
)
def test_a_source_of_any_kind_makes_items_only_where_there_is_a_place(
    wrong: dict[str, str], field: str, fix: str
) -> None:
    nobody = {"do": "create", "create": CREATE | wrong}
    error = refused("source/shop", kind="shop-of-their-own", token="t", nobody=nobody)
    assert error.field == field
    assert fix in error.fix
    assert read("source/shop", kind="shop-of-their-own", token="t", nobody={**nobody, "create": CREATE}).id == "shop"


def test_numbers_answered_by_sms_need_an_account_and_words_that_mean_one_thing() -> None:
    sms = {"kind": "twilio-sms", "token": "t", "secrets": {"auth_token": "sealed"}}
    assert refused("source/sms", **{**sms, "secrets": {"auth_token": ""}}).field == "secrets"
    assert refused("source/sms", **sms, settings={"connection": "none"}).field == "settings.connection"
    both = refused("source/sms", **sms, settings={"stop": ["PARAR", "Basta"], "start": ["sim", "basta"]})
    assert (both.field, "'basta'" in both.problem) == ("settings.start", True)
    assert read("source/sms", **sms, settings={"stop": ["parar"], "start": ["sim"]}).kind == "twilio-sms"


@pytest.mark.parametrize(
    ("ahead", "wanted", "words"),
    [
        (timedelta(days=3), timedelta(days=3) - timedelta.resolution, "never goes back"),
        (timedelta(), timedelta(days=-1), "never goes back"),
        (timedelta(days=3), FARTHEST + timedelta.resolution, "too far ahead"),
        (timedelta(), timedelta.max, "too far ahead"),
    ],
)
def test_the_clock_goes_neither_back_nor_to_where_there_is_no_time(
    ahead: timedelta, wanted: timedelta, words: str
) -> None:
    held = record("clock", "clock", {"offset": ahead}) if ahead else None
    with pytest.raises(FieldError, match=words) as error:
        check_forward(Clock(offset=wanted), held)
    assert error.value.field == "offset"


def test_the_clock_may_stay_and_go_to_the_farthest_moment() -> None:
    held = record("clock", "clock", {"offset": timedelta(days=3)})
    for wanted in (timedelta(days=3), FARTHEST):
        check_forward(Clock(offset=wanted), held)
    assert (NOW + FARTHEST).year == 2126


WEBHOOK: list[tuple[dict[str, Any], str | None]] = [
    ({}, "secrets.secret"),
    ({"other": "whsec_c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2g="}, "secrets.secret"),
    ({"secret": "short"}, "secrets.secret"),
    ({"secret": {"set": True}}, None),
    ({"secret": {"set": True}, "old": "whsec_"}, "secrets.old"),
    ({"secret": "whsec_c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2g="}, None),
]


@pytest.mark.parametrize(("secrets", "field"), WEBHOOK)
def test_a_webhook_is_signed_with_a_secret_that_can_sign(secrets: dict[str, Any], field: str | None) -> None:
    check_signing({"provider": "smtp", "secrets": secrets})
    if field is None:
        check_signing({"provider": "webhook", "secrets": secrets})
        return
    with pytest.raises(FieldError) as error:
        check_signing({"provider": "webhook", "secrets": secrets})
    assert error.value.field == field
    assert "whsec_" in error.value.fix
