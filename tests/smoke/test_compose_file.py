"""What the compose file promises an operator, read without an engine."""

import base64
import json
import re
from typing import Any

import pytest
from signalbox.settings import DATABASES

from tests.smoke.compose_file import ROOT, SERVERS, by_default, defaults, is_one_shot, processes, services

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
LASTING = {name: service for name, service in services().items() if not is_one_shot(service)}
BY_HAND = {name for name, service in services().items() if service.get("profiles") == ["tools"]}
ONCE = {name: one for name, one in services().items() if is_one_shot(one) and name not in BY_HAND}
SECRET = re.compile(r"(PASSWORD|TOKEN|KEY)$")


@pytest.mark.parametrize("name", LASTING)
def test_each_lasting_service_says_whether_it_is_healthy(name: str) -> None:
    assert LASTING[name]["healthcheck"]["test"][0] == "CMD"
    assert LASTING[name]["healthcheck"]["start_period"]


@pytest.mark.parametrize("name", LASTING)
def test_each_lasting_service_comes_back_and_is_given_time_to_stop(name: str) -> None:
    assert LASTING[name]["restart"] == "unless-stopped"
    # The processes give their own tasks 30 s.
    assert int(LASTING[name]["stop_grace_period"].removesuffix("s")) > 30


@pytest.mark.parametrize("name", ONCE)
def test_what_is_done_once_is_waited_for(name: str) -> None:
    waiting = [service for service in LASTING.values() if name in service.get("depends_on", {})]
    assert waiting
    assert {service["depends_on"][name]["condition"] for service in waiting} == {"service_completed_successfully"}


@pytest.mark.parametrize("name", sorted(set(processes()) - set(ONCE) - BY_HAND - {"simulators", "signalbox-watch"}))
def test_each_process_waits_for_its_own_migrations_and_the_topics(name: str) -> None:
    service, _ = processes()[name]["command"]
    assert {f"migrate-{service}", "topics", "postgres"} <= set(processes()[name]["depends_on"])


@pytest.mark.parametrize("name", services())
def test_the_logs_of_each_service_are_rotated(name: str) -> None:
    assert {"max-size", "max-file"} <= set(services()[name]["logging"]["options"])


@pytest.mark.parametrize("name", processes())
def test_our_processes_are_confined(name: str) -> None:
    process = processes()[name]
    assert process["user"] == "10001:10001"
    assert process["read_only"] is True
    assert process["cap_drop"] == ["ALL"]
    assert process["security_opt"] == ["no-new-privileges:true"]


def test_a_process_is_named_by_its_service_and_role() -> None:
    named = {name: "-".join(service["command"]) for name, service in processes().items() if not is_one_shot(service)}
    assert all(name == command for name, command in named.items())


def test_images_can_be_taken_from_elsewhere() -> None:
    images = [service["image"] for service in services().values()]
    assert {name: default for image in images for name, default in defaults(image).items()} == {
        "POSTGRES_IMAGE": "postgres:18",
        "KAFKA_IMAGE": "apache/kafka:4.3.0",
        "SIGNALBOX_IMAGE": "signalbox:local",
    }
    assert "PYTHON_IMAGE" in processes()["topics"]["build"]["args"]


def test_ports_are_published_to_this_machine_alone() -> None:
    ports = {name: [*map(by_default, s["ports"])] for name, s in services().items() if "ports" in s}
    assert ports == {
        "crm-api-serve": ["127.0.0.1:8000:8000"],
        "trigger-gateway-serve": ["127.0.0.1:8080:8000"],
        "simulators": ["127.0.0.1:8090:8000"],
    }


def test_only_the_simulated_providers_and_the_command_wait_for_a_profile() -> None:
    profiles = {name: s["profiles"] for name, s in services().items() if "profiles" in s}
    assert profiles == {"simulators": ["demo"], "signalbox": ["tools"]}


def test_the_command_finds_all_that_a_rehearsal_needs() -> None:
    told = {name: by_default(value) for name, value in environment("signalbox").items()}
    known = json.loads(by_default(environment("crm-api-serve")["CRM_API_TOKENS"]))
    assert told["SIGNALBOX_CRM_API_TOKEN"] == known["user:manager"]
    assert {name.upper() for name in DATABASES.values()} <= told.keys()
    assert told["REHEARSAL"] == by_default(environment("crm-api-serve")["REHEARSAL"]) == "0"


def test_each_default_of_a_secret_calls_itself_insecure() -> None:
    secrets = {name: default for name, default in defaults(TEXT).items() if SECRET.search(name)}
    assert len(secrets) > len(SERVERS)
    key = base64.b64decode(secrets.pop("SECRET_KEY") or "")
    assert (len(key), key[:8]) == (32, b"insecure")
    assert {name: default for name, default in secrets.items() if not (default or "").startswith("insecure-")} == {}


def test_each_service_shows_crm_api_the_token_that_crm_api_knows() -> None:
    known = json.loads(by_default(environment("crm-api-serve")["CRM_API_TOKENS"]))
    for name, variable in (("trigger-gateway-serve", "TRIGGER_GATEWAY"), ("action-workers-sms", "ACTION_WORKERS")):
        service = processes()[name]["command"][0]
        assert by_default(environment(name)[f"{variable}_CRM_API_TOKEN"]) == known[f"service:{service}"]


def test_each_service_opens_its_own_database_with_the_password_that_the_server_was_given() -> None:
    given = environment("databases")
    addresses = [
        by_default(value)
        for name in processes()
        for variable, value in environment(name).items()
        if variable.endswith("_DATABASE_URL")
    ]
    parts = [re.fullmatch(r"postgresql://(\w+):([\w-]+)@postgres:5432/(\w+)", address) for address in addresses]
    assert {part[1] for part in parts if part} == {"crm", "crm_app", "scheduler", "gateway", "actions"}
    for part in parts:
        assert part is not None
        assert part[1].removesuffix("_app") == part[3]
        assert part[2] == by_default(given[f"{part[1].upper()}_PASSWORD"])


def test_databases_are_made_at_every_start_by_the_superuser_of_the_server() -> None:
    maker = services()["databases"]
    assert environment("databases")["PGPASSWORD"] == environment("postgres")["POSTGRES_PASSWORD"]
    assert maker["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    migrations = {name: s["depends_on"] for name, s in processes().items() if name.startswith("migrate-")}
    assert len(migrations) == len(DATABASES)
    assert all("databases" in needed for needed in migrations.values())


def test_only_the_migration_of_crm_api_owns_its_database() -> None:
    owner, others = environment("migrate-crm-api"), ("serve", "consume", "timeline")
    role = owner["CRM_API_APPLICATION_ROLE"]
    assert f"//{role}:" not in owner["CRM_API_DATABASE_URL"]
    assert all(f"//{role}:" in environment(f"crm-api-{name}")["CRM_API_DATABASE_URL"] for name in others)


def environment(name: str) -> dict[str, Any]:
    return dict(services()[name].get("environment", {}))
