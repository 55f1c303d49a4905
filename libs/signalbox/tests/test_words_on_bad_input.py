"""What a person types or sets wrongly is answered in words, with the way to mend it, and never with a traceback."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from contracts.app_values import read_values
from contracts.apps import AppValue
from signalbox.conformance.samples import VALUES, sample, without_required
from signalbox.rehearsal.spans import read_moment, read_span
from signalbox.rehearse import days, held_back, shown
from signalbox.settings import DATABASES

from .conftest import Prompt

NAMES = [name.upper() for name in DATABASES.values()]
AWAY = dict.fromkeys(NAMES, "postgresql://user:hush@127.0.0.1:1/x")
CRM = {"SIGNALBOX_CRM_API_URL": "http://127.0.0.1:1", "SIGNALBOX_CRM_API_TOKEN": "t"}
# A password with a slash in it ends the host too early, and what is left of it stands where the port should.
UNREADABLE = "postgresql://user:hu/sh@127.0.0.1:5432/x"


@pytest.mark.parametrize("address", [UNREADABLE, "127.0.0.1:5432/x", "postgresql://[::1/x", "mysql://127.0.0.1/x"])
async def test_the_doctor_says_how_an_address_is_written_and_nothing_of_a_password(
    nowhere: Prompt, address: str
) -> None:
    found = await nowhere.type("doctor", CRM_API_DATABASE_URL=address)
    assert found.exit_code == 1
    told = next(line for line in found.output.splitlines() if "database of crm-api" in line)
    assert told == (
        "✗ database of crm-api: its address cannot be read;"
        " write CRM_API_DATABASE_URL like postgresql://user:password@host:5432/database"
    )
    assert "sh@" not in found.output


async def test_services_cannot_be_compared_while_their_databases_are_away(nowhere: Prompt) -> None:
    asked = await nowhere.type("agree", **AWAY)
    assert asked.exit_code == 1
    assert asked.output.startswith("Error: ConnectionRefusedError")
    assert "Do all databases answer? `signalbox doctor` looks." in asked.output
    assert "hush" not in asked.output


async def test_services_cannot_be_compared_under_an_address_that_is_none(nowhere: Prompt) -> None:
    asked = await nowhere.type("agree", **{**AWAY, NAMES[0]: UNREADABLE})
    assert asked.exit_code == 1
    assert "Do all databases answer?" in asked.output
    assert "hu" not in asked.output


@pytest.mark.parametrize("words", [("status",), ("advance", "1d"), ("to", "2030-01-01")])
async def test_a_rehearsal_says_which_variables_it_still_needs(nowhere: Prompt, words: tuple[str, ...]) -> None:
    asked = await nowhere.type("rehearse", *words, **{NAMES[0]: "postgresql://127.0.0.1:1/x"})
    assert asked.exit_code == 1
    wanted = ", ".join([*NAMES[1:], "SIGNALBOX_CRM_API_URL", "SIGNALBOX_CRM_API_TOKEN"])
    assert f"not named: {wanted}" in asked.output


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://127.0.0.1:1/x", "Do broker and databases answer? `signalbox doctor` looks."),
        (UNREADABLE, "the address of a database cannot be read; `signalbox doctor` says which"),
        ("nonsense", "the address of a database cannot be read; `signalbox doctor` says which"),
    ],
)
async def test_a_rehearsal_that_reaches_no_database_says_so(nowhere: Prompt, address: str, told: str) -> None:
    asked = await nowhere.type("rehearse", "status", **CRM, **{**AWAY, NAMES[0]: address})
    assert asked.exit_code == 1
    assert told in asked.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("advance", "tomorrow"), "write it like 3d, 2h, 90m, 45s or '1d 2h'"),
        (("advance", "999999w"), "is too long; a rehearsal goes at most 100 years at once"),
        (("advance", "1d", "--patience", "0"), "Invalid value for '--patience'"),
        (("advance",), "Missing argument"),
    ],
)
async def test_a_length_that_is_none_is_refused_before_anybody_is_asked(
    nowhere: Prompt, words: tuple[str, ...], told: str
) -> None:
    asked = await nowhere.type("rehearse", *words, **CRM, **AWAY)
    assert asked.exit_code == 2
    assert told in asked.output


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SIGNALBOX_PORT", "many"),
        ("KAFKA_PARTITIONS", "0"),
        ("KAFKA_REPLICATION", "-1"),
        ("TOPIC_PREFIX", "a b"),
        ("SESSION_TIMEOUT", "0"),
    ],
)
async def test_a_variable_that_does_not_fit_is_named_without_its_value(
    nowhere: Prompt, variable: str, value: str
) -> None:
    asked = await nowhere.type("topics", "--list", **{variable: value})
    assert asked.exit_code == 1
    assert asked.output.startswith(f"Error: {variable}: ")


@pytest.mark.parametrize("words", [("topics",), ("dead", "list", "crm-api.consume"), ("rewind", "crm-api.consume")])
async def test_an_address_of_the_broker_that_is_none_is_named_with_its_variable(
    nowhere: Prompt, words: tuple[str, ...]
) -> None:
    asked = await nowhere.type(*words, KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:many")
    assert asked.exit_code == 1
    assert "the broker at 127.0.0.1:many did not do it" in asked.output
    assert "is KAFKA_BOOTSTRAP_SERVERS right?" in asked.output


@pytest.mark.parametrize("zone", ["Europe", "America/Argentina", "Etc"])
def test_a_part_of_the_world_is_no_zone(zone: str) -> None:
    with pytest.raises(ValueError, match="is no moment; write it like"):
        read_moment(f"2030-07-01T09:00[{zone}]", ZoneInfo("Europe/Lisbon"))


def test_a_hundred_years_are_the_longest_way() -> None:
    assert read_span("36525d") == timedelta(days=36_525)
    with pytest.raises(ValueError, match="at most 100 years"):
        read_span("36525d 1s")


def test_a_moment_is_shown_as_the_clocks_of_the_portal_show_it() -> None:
    zone = ZoneInfo("Europe/Lisbon")
    assert shown(datetime(2030, 1, 7, 9, tzinfo=UTC), zone) == "Mon 2030-01-07 09:00:00 WET"
    assert shown(datetime(2030, 7, 1, 9, tzinfo=UTC), zone) == "Mon 2030-07-01 10:00:00 WEST"


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(), "0 days 0 hours 0 minutes"),
        (timedelta(days=400, hours=23, minutes=59, seconds=59), "400 days 23 hours 59 minutes"),
        (timedelta(minutes=61), "0 days 1 hours 1 minutes"),
    ],
)
def test_a_length_is_told_in_days_hours_and_minutes(length: timedelta, told: str) -> None:
    assert days(length) == told


def test_only_what_is_held_is_told_of() -> None:
    assert (held_back(0), held_back(2)) == ("", "; 2 held by a pause")


INPUTS = [AppValue(key=kind, kind=kind, required=True) for kind in VALUES]
CHOICE = AppValue(key="size", kind="choice", choices=("M", "L"))


def test_what_an_app_is_tried_with_is_what_a_rule_could_give_it() -> None:
    tried = sample([*INPUTS, CHOICE])
    assert read_values([*INPUTS, CHOICE], tried) == tried
    assert tried["size"] == "M"


def test_the_input_that_is_left_out_is_one_that_the_app_needs() -> None:
    values = [CHOICE, *INPUTS]
    tried = without_required(values)
    assert tried is not None
    assert set(sample(values)) - set(tried) == {INPUTS[0].key}
    assert without_required([CHOICE]) is None
