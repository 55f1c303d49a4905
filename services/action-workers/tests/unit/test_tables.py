"""The tables that must agree with one another."""

from pathlib import Path

import action_workers.actions as actions_room
from action_workers import store
from action_workers.actions import ACTIONS, call_app, of_kind
from action_workers.providers import PROVIDERS
from action_workers.providers.audiences import AudienceProvider
from automation.actions import ACTIONS as DECLARED
from automation.actions.add_to_audience import PLATFORMS
from automation.app_actions import KIND
from contracts.topics import ACTION_KINDS

# What no rule names: the one action for those of all apps, and what crm-api asks for itself.
OF_OURS = {call_app.NAME: KIND, "send-invitation": "email"}


def test_every_action_that_rules_can_ask_of_a_worker_has_one() -> None:
    declared = {a.name: a.kind for a in DECLARED.values() if a.kind}
    assert {a.name: a.kind for a in ACTIONS.values()} == {**declared, **OF_OURS}


def test_every_file_of_an_action_is_in_the_table() -> None:
    files = {f.stem.replace("_", "-") for f in Path(actions_room.__file__).parent.glob("*.py")}
    assert files - {"--init--", "action"} == set(ACTIONS)


def test_every_kind_has_a_worker() -> None:
    assert all(of_kind(kind) for kind in ACTION_KINDS)


def test_every_provider_that_an_action_needs_can_be_opened() -> None:
    kinds = {action.provider for action in ACTIONS.values()}
    assert all(any(issubclass(p, kind) for p in PROVIDERS.values()) for kind in kinds)
    assert all(any(issubclass(p, kind) for kind in kinds) for p in PROVIDERS.values())


def test_rules_may_say_to_each_ad_platform_what_it_understands() -> None:
    known = {name: p.KNOWS for name, p in PROVIDERS.items() if issubclass(p, AudienceProvider)}
    assert known == PLATFORMS


def test_the_ledger_s_columns_are_those_of_an_effect() -> None:
    assert (*store.COLUMNS, "persons") == tuple(store.TYPES)
