"""How a source is set up, as its kind needs it: secrets opened, settings read, once for each version of its record."""

from dataclasses import replace

import structlog
from automation.knowledge import Knowledge
from chassis.problems import Problem
from chassis.secrets import Sealer, SecretUnreadable
from contracts.config import Source
from contracts.letters import PURPOSE

from trigger_gateway.sources import SOURCES
from trigger_gateway.sources.source_kind import Setup

log = structlog.get_logger()


def setup_of(source: Source, knowledge: Knowledge, sealer: Sealer) -> Setup:
    """Give the set-up of a source whose kind is known; raises a 503 problem where its record cannot be read."""

    def made() -> Setup:
        plan = SOURCES[source.kind].plan
        own = plan(source) if plan else None
        return Setup(source, opened(source, sealer), knowledge.portal, own, sealer.signer(PURPOSE), knowledge.apps)

    try:
        setup = knowledge.memo.of(("source", source.id), source, made)
    except (SecretUnreadable, ValueError) as error:  # settings that cannot be read are a ValueError
        log.error("source: its record cannot be read", source=source.id, why=str(error))  # noqa: TRY400  no trace needed
        raise Problem(503, "The source is not set up; try again") from None
    if setup.portal is knowledge.portal and setup.apps is knowledge.apps:
        return setup
    return replace(setup, portal=knowledge.portal, apps=knowledge.apps)


def opened(source: Source, sealer: Sealer) -> tuple[str, ...]:
    """Give the secrets of a source, opened."""
    return tuple(sealer.open(value, f"source/{source.id}/{name}") for name, value in sorted(source.secrets.items()))
