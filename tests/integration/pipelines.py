"""Pipelines as tests write and publish them."""

from typing import Any

from tests.integration.world import World

Json = dict[str, Any]


def stage(key: str, *rules: Json, triggers: tuple[Json, ...] = (), kind: str = "open") -> Json:
    """Give a stage."""
    return {"key": key, "kind": kind, "rules": list(rules), "triggers": list(triggers)}


def rule(key: str, do: Json, **more: Any) -> Json:
    """Give a rule."""
    return {"key": key, "do": do, **more}


def on(kind: str, **filter_: Any) -> Json:
    """Give a trigger that is named after what it listens to."""
    return {"key": kind.replace(".", "-"), "on": kind, "filter": filter_}


async def publish(world: World, name: str, *stages: Json) -> str:
    """Publish a pipeline of deals, and give its id."""
    await world.installation.crm.publish(f"deal/{name}", {"stages": list(stages)})
    return f"deal/{name}"
