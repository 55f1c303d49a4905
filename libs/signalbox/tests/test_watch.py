"""What `signalbox watch` shows is what the broker and the databases hold."""

import asyncio
from pathlib import Path

import asyncpg
import httpx
import pytest
from chassis.testing import Deployment, eventually, running_tasks
from contracts.topics import ACTIONS, ITEMS, TOPICS, dead_letters, groups
from prometheus_client.parser import text_string_to_metric_families
from signalbox.settings import DATABASES, Settings
from signalbox.watching.looking import Looking
from stack.ports import free_port

from .conftest import Prompt

SERVICES = Path(__file__).parents[3] / "services"
GROUP = "action-workers.sms"
EFFECT = (
    "INSERT INTO effect SELECT e.* FROM jsonb_populate_record(NULL::effect, jsonb_build_object("
    "'id', gen_random_uuid(), 'execution', gen_random_uuid(), 'kind', 'sms', 'action', 'send-sms',"
    " 'item', gen_random_uuid(), 'activation', 1, 'round', 1, 'effects', 1, 'recipient', '{}'::jsonb,"
    " 'connection', '', 'params', '{}'::jsonb, 'asked_at', now(), 'not_before', now(), 'at_least_once', false,"
    " 'repeatable', false, 'last_attempt', 1, 'cause', '{}'::jsonb, 'at', now(), 'state', $1::text, 'version', 1,"
    " 'attempts', 1, 'withdrawn', '', 'doubled', false, 'reason', '', 'reference', '', 'results', '{}'::jsonb,"
    " 'persons', '[]'::jsonb, 'account', '?', 'rule', gen_random_uuid())) AS e"
)
Shown = dict[tuple[str, ...], float]


def shown(text: str) -> Shown:
    """Give each sample by its metric and the values of its labels."""
    families = text_string_to_metric_families(text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


async def looked(looking: Looking) -> Shown:
    found = await looking.look()
    return {(s.figure.name, *s.labels): s.value for s in found}


def settings(deployment: Deployment, **more: object) -> Settings:
    kafka = deployment.kafka
    told: dict[str, object] = {
        "kafka_bootstrap_servers": kafka.bootstrap_servers,
        "kafka_partitions": kafka.partitions,
        "topic_prefix": kafka.prefix,
    }
    return Settings.model_validate(told | more)


async def test_lag_is_what_a_group_has_not_finished(deployment: Deployment) -> None:
    await deployment.topics(*TOPICS, *map(dead_letters, groups()))
    await deployment.put([(ACTIONS["sms"].name, p, b"key", [], b"{}") for p in (0, 0, 1)])
    await deployment.put([(dead_letters(GROUP), 0, b"key", [], b"{}")])
    looking = Looking(settings(deployment))

    async def answered() -> Shown:
        # A broker that is new has no coordinator of groups for a moment.
        return found if (found := await looked(looking))["signalbox_watched", "broker"] else {}

    before = await eventually(answered)
    assert before["signalbox_lag", GROUP, "actions.sms"] == 3
    assert before["signalbox_finished", GROUP, "actions.sms"] == 0
    assert before["signalbox_lag", "action-workers.audiences", ITEMS.name] == 0
    assert before["signalbox_dead_letters_kept", GROUP] == 1
    async with deployment.kafka.consumer(GROUP) as consumer:
        consumer.subscribe([deployment.kafka.named(ACTIONS["sms"].name)])
        taken = 0
        while taken < 3:
            taken += sum(map(len, (await consumer.getmany(timeout_ms=500)).values()))
        await consumer.commit()
    after = await looked(looking)
    assert after["signalbox_lag", GROUP, "actions.sms"] == 0
    assert after["signalbox_finished", GROUP, "actions.sms"] == 3
    assert {group for name, group, *_ in after if name == "signalbox_lag"} == set(groups())


async def test_what_waits_in_each_database_is_counted(deployment: Deployment) -> None:
    urls = {DATABASES[s]: await deployment.database(SERVICES / s / "migrations" / "versions") for s in DATABASES}
    actions = await asyncpg.connect(urls["action_workers_database_url"])
    for state in ("uncertain", "uncertain", "failed"):
        await actions.execute(EFFECT, state)
    await actions.execute("INSERT INTO account (account, closings) VALUES ('sms/twilio', 2), ('sms/other', 0)")
    await actions.execute(
        "INSERT INTO timer SELECT gen_random_uuid(), lane, now() - make_interval(mins => late), ''"
        " FROM (VALUES ('a', 5), ('a', 1), ('b', -5)) AS t(lane, late)"
    )
    await actions.close()
    found = await looked(Looking(settings(deployment, kafka_bootstrap_servers="127.0.0.1:1", **urls)))
    assert found["signalbox_watched", "broker"] == 0
    assert {service: found["signalbox_watched", service] for service in DATABASES} == dict.fromkeys(DATABASES, 1)
    assert found["signalbox_effects_uncertain",] == 2
    assert {key: value for key, value in found.items() if key[0] == "signalbox_account_closed"} == {
        ("signalbox_account_closed", "sms/twilio"): 1
    }
    assert 300 <= found["signalbox_timers_overdue_seconds", "action-workers", "a"] < 1000
    assert found["signalbox_timers_overdue_seconds", "action-workers", "b"] == 0
    assert found["signalbox_outbox_age_seconds", "crm-api"] == 0
    assert found["signalbox_loops_stopped",] == 0


async def test_a_database_that_is_away_is_a_figure_and_stops_no_other_look(deployment: Deployment) -> None:
    there = await deployment.database(SERVICES / "crm-api" / "migrations" / "versions")
    port = free_port()
    looking = Looking(
        settings(
            deployment,
            crm_api_database_url=there,
            action_workers_database_url="postgresql://127.0.0.1:1/actions",
            watch_port=port,
        ),
        every=0.2,
    )
    async with running_tasks(looking.run), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:

        async def served() -> Shown:
            return shown((await http.get("/metrics")).text)

        async def known() -> bool:
            with_answers = await asyncio.gather(served(), return_exceptions=True)
            return isinstance(with_answers[0], dict) and ("signalbox_watched", "crm-api") in with_answers[0]

        await eventually(known)
        found = await served()
        assert (await http.get("/readyz")).status_code == 200
    assert found["signalbox_watched", "crm-api"] == 1
    assert found["signalbox_watched", "action-workers"] == 0
    assert ("signalbox_watched", "rule-scheduler") not in found


@pytest.mark.parametrize("words", [("watch", "--help")])
async def test_the_command_says_what_it_shows(prompt: Prompt, words: tuple[str, ...]) -> None:
    told = await prompt.type(*words)
    assert "effects in doubt" in told.output
