"""Topics, roles, actions and the compose file agree with one another."""

import shlex
from typing import Any

import action_workers.actions
import automation.actions
import crm_api.main
import pytest
import rule_scheduler.main
import trigger_gateway.main
from automation.app_actions import KIND
from contracts.messages import TYPES
from contracts.topics import ACTION_KINDS, ACTIONS, TOPICS, Topic
from ruamel.yaml import YAML

from .repository import ROOT

ROLES: dict[str, tuple[str, ...]] = {
    "crm-api": crm_api.main.ROLES,
    "rule-scheduler": rule_scheduler.main.ROLES,
    "trigger-gateway": trigger_gateway.main.ROLES,
    "action-workers": ACTION_KINDS,
}
IN_EVERY_PROCESS = ("config",)

# The worker of audiences follows items beside its own topic.
SECOND_GROUPS = ("audiences",)


def composed() -> list[tuple[str, ...]]:
    """Give what each service of the compose file runs, word by word."""
    services: dict[str, dict[str, Any]] = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]
    return [tuple(words(s.get("entrypoint")) + words(s.get("command"))) for s in services.values()]


def words(command: str | list[str] | None) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else list(command or ())


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_is_written_and_read_by_services_and_roles_that_there_are(topic: Topic) -> None:
    for reader in topic.readers:
        service, _, role = reader.partition(".")
        assert role in (*ROLES[service], *IN_EVERY_PROCESS, *SECOND_GROUPS), reader
    for writer in topic.writers:
        service, _, role = writer.partition(".")
        assert not role or role in ROLES[service], writer
    assert topic.readers
    assert topic.writers


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_carries_at_least_one_type(topic: Topic) -> None:
    assert any(topic in carried for carried in TYPES.values())


@pytest.mark.parametrize("kind", ACTION_KINDS)
def test_a_kind_of_action_has_a_topic_and_a_worker_that_does_it(kind: str) -> None:
    assert ACTIONS[kind].readers == (f"action-workers.{kind}",)
    assert action_workers.actions.of_kind(kind)


def test_rules_and_workers_know_the_same_actions() -> None:
    outside = {name: action.kind for name, action in automation.actions.ACTIONS.items() if action.kind is not None}
    # What apps do, they declare themselves; for the workers it is one action. crm-api asks for invitations itself.
    outside |= {"call-app": KIND, "send-invitation": "email"}
    assert outside == {name: action.kind for name, action in action_workers.actions.ACTIONS.items()}
    assert set(outside.values()) == set(ACTION_KINDS)


@pytest.mark.parametrize(("service", "role"), [(s, role) for s, roles in ROLES.items() for role in roles])
def test_each_role_is_a_service_of_the_compose_file(service: str, role: str) -> None:
    assert (service, role) in [command[-2:] for command in composed()]


@pytest.mark.parametrize("service", ROLES)
def test_each_database_is_migrated_by_the_compose_file(service: str) -> None:
    assert (service, "migrate") in [command[-2:] for command in composed()]
