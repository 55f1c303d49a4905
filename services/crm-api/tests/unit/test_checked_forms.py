"""Forms and visits that are saved: what nobody could fill in is refused with its place and how to mend it."""

from typing import Any

import pytest
from automation.knowledge import Knowledge
from contracts.config import Portal, Source
from crm_api.config.forms import is_origin
from crm_api.config.records import CHECKS, check_source
from crm_api.fields import FieldError

NAME = {"key": "name", "label": "Your name"}
PHONE = {"key": "phone", "label": "Phone", "kind": "phone"}
TERMS = {"key": "terms", "text": "I agree"}
SITE = "https://shop.example"


def refused(kind: str = "form", nobody: Any = None, **settings: Any) -> tuple[str, str]:
    source = {"id": "offer", "kind": kind, "token": "t", "settings": settings, "nobody": nobody or {}}
    with pytest.raises(FieldError) as error:
        check_source(Source.model_validate(source), Knowledge())
    return error.value.field, error.value.fix


def test_a_whole_form_is_fine() -> None:
    choice = {
        "key": "wood",
        "label": {"en": "Wood"},
        "kind": "choice",
        "choices": ["oak"],
        "choice_names": {"oak": "Oak"},
    }
    settings = {"fields": [NAME, PHONE, choice, {"key": "utm", "kind": "hidden"}], "consents": [TERMS], "sites": [SITE]}
    source = Source(id="x", kind="form", token="t", settings={**settings, "redirect": f"{SITE}/thanks?a=b"})
    check_source(source.model_copy(update={"required": ("name",), "identities": {"phone": "phone"}}), Knowledge())


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"title": {"english": "x"}}, "settings.title.english"),
    ({"colour": "blue"}, "settings.colour"),
    ({"fields": [{"key": "name"}]}, "settings.fields.0.label"),
    ({"fields": [NAME, NAME]}, "settings.fields.1.key"),
    ({"fields": [{"key": "submission", "label": "x"}]}, "settings.fields.0.key"),
    ({"fields": [{"key": "a b", "label": "x"}]}, "settings.fields.0.key"),
    ({"fields": [{**NAME, "kind": "colour"}]}, "settings.fields.0.kind"),
    ({"fields": [{**NAME, "kind": "choice"}]}, "settings.fields.0.choices"),
    ({"fields": [{**NAME, "choices": ["a"]}]}, "settings.fields.0.choices"),
    (
        {"fields": [{**NAME, "kind": "choice", "choices": ["a"], "choice_names": {"b": "B"}}]},
        "settings.fields.0.choice_names.b",
    ),
    ({"fields": [{**NAME, "kind": "file", "accept": ["pdf"]}]}, "settings.fields.0.accept"),
    ({"fields": [{**NAME, "colour": "red"}]}, "settings.fields.0.colour"),
    ({"fields": [{"key": f"f{n}", "label": "x"} for n in range(101)]}, "settings.fields"),
    ({"consents": [{"key": "terms", "text": ""}]}, "settings.consents.0.text"),
    ({"consents": [{**TERMS, "version": ""}]}, "settings.consents.0.version"),
    ({"consents": [TERMS, TERMS]}, "settings.consents.1.key"),
    ({"consents": [{**TERMS, "channels": ["pigeon"]}]}, "settings.consents.0.channels.0"),
    ({"sites": ["https://shop.example/page"]}, "settings.sites.0"),
    ({"redirect": "https://evil.example/"}, "settings.redirect"),
    ({"redirect": "javascript:alert(1)", "sites": [SITE]}, "settings.redirect"),
    ({"redirect": "//evil.example", "sites": [SITE]}, "settings.redirect"),
]


@pytest.mark.parametrize(("settings", "field"), REFUSED, ids=[field for _, field in REFUSED])
def test_what_cannot_be_filled_in_is_refused_with_its_place(settings: dict[str, Any], field: str) -> None:
    at, fix = refused(**settings)
    assert (at, bool(fix)) == (field, True)


def test_what_the_source_names_must_be_asked() -> None:
    create = {"type": "deal", "pipeline": "deal/retail", "stage": "new", "contact": {"name": "full_name"}}
    at, fix = refused(fields=[NAME], nobody={"do": "create", "create": create})
    assert (at, fix) == ("nobody.create.contact.name", "use one of: name")


ORIGINS = [
    (SITE, True),
    ("https://shop.example:8443", True),
    ("http://127.0.0.1:8080", True),
    ("http://shop.example", False),
    ("https://shop.example/", False),
    ("https://user@shop.example", False),
    ("https://*.example", False),
    ("https://shop.example; script-src *", False),
    ("https://shop.example:port", False),
    ("", False),
]


@pytest.mark.parametrize(("site", "fine"), ORIGINS)
def test_a_site_is_an_origin_and_nothing_more(site: str, fine: bool) -> None:  # noqa: FBT001
    assert is_origin(site) is fine


def test_visits_are_refused_that_would_make_something_or_return_before_they_are_over() -> None:
    assert refused("visits", session=60, away=30)[0] == "settings.away"
    assert refused("visits", sites=["shop.example"])[0] == "settings.sites.0"
    assert refused("visits", nobody={"do": "hold"})[0] == "nobody.do"
    assert refused("visits", session=0)[0] == "settings.session"


def test_a_cap_is_of_a_way_that_reaches_clients() -> None:
    with pytest.raises(FieldError) as error:
        CHECKS["portal"](Portal.model_validate({"caps": {"task": {"at_most": 1, "hours": 1}}}), Knowledge())
    assert error.value.field == "caps.task"


@pytest.mark.parametrize(
    ("quiet", "field"),
    [
        ({"task": {"from": "21:00", "until": "09:00"}}, "quiet.task"),
        ({"sms": {"from": "21:00", "until": "21:00"}}, "quiet.sms.until"),
    ],
)
def test_quiet_hours_are_for_what_reaches_clients_and_have_an_end(quiet: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as error:
        CHECKS["portal"](Portal.model_validate({"quiet": quiet}), Knowledge())
    assert error.value.field == field


@pytest.mark.parametrize("clock", ["9:00", "24:00", "21", "21:60", ""])
def test_quiet_hours_are_written_as_times_of_the_day(clock: str) -> None:
    with pytest.raises(ValueError, match="from"):
        Portal.model_validate({"quiet": {"sms": {"from": clock, "until": "09:00"}}})
