"""Every setting is told to operators, with the default that it has."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from action_workers.settings import Settings as Workers
from chassis.settings import KafkaSettings, ServiceSettings
from crm_api.settings import Settings as CrmApi
from pydantic import AliasChoices, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from rule_scheduler.settings import Settings as Scheduler
from signalbox.settings import DATABASES
from signalbox.settings import Settings as Signalbox
from trigger_gateway.settings import Settings as Gateway

from .repository import text

ROW = re.compile(r"^\| `(?P<name>[…\w]+)` \| (?P<means>.+) \| (?P<default>[^|]+) \|$", re.MULTILINE)
TOLD = {row["name"]: row["default"].strip("` ") for row in ROW.finditer(text("docs/operations/settings.md"))}


def settings() -> dict[str, FieldInfo]:
    """Give every setting by the variable that it is read from; a prefix that all services have is `…`."""
    found: dict[str, FieldInfo] = {}
    for kind in (ServiceSettings, CrmApi, Scheduler, Gateway, Workers, Signalbox):
        for name, field in kind.model_fields.items():
            ours = name in {*KafkaSettings.model_fields, *ServiceSettings.model_fields}
            prefix = "…_" if ours else str(kind.model_config.get("env_prefix", ""))
            found.setdefault(variable(field) or (prefix + name).upper(), field)
    # The command reads those of the services.
    return {name: field for name, field in found.items() if name.lower() not in DATABASES.values()}


def variable(field: FieldInfo) -> str:
    """Give the variable that a field names itself, if any."""
    alias = field.validation_alias
    return str(alias.choices[-1]) if isinstance(alias, AliasChoices) else ""


def shown(value: Any) -> str:
    """Write a default as the page does."""
    match value:
        case bool():
            return "on" if value else "off"
        case timedelta():
            return f"PT{value.total_seconds():g}S"
        case SecretStr():
            return shown(value.get_secret_value())
        case None | "":
            return "none"
        case float() | str():
            return f"{value:g}" if isinstance(value, float) else value
        case _:
            return json.dumps(TypeAdapter(Any).dump_python(value, mode="json"))


@pytest.mark.parametrize("name", settings())
def test_each_setting_is_told_with_its_default(name: str) -> None:
    field = settings()[name]
    default = field.get_default(call_default_factory=True, validated_data={})
    assert TOLD.get(name) == ("needed" if default is PydanticUndefined else shown(default)), name


def test_no_setting_is_told_that_is_not_there() -> None:
    assert TOLD.keys() - settings().keys() - {"SECRET_KEY"} == set()
