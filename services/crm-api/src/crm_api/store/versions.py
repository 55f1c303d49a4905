"""The published versions of pipelines; nothing ever changes one."""

from typing import Any

from chassis.database import Transaction

from crm_api.rules.versions import Version

KEEP = (
    "INSERT INTO pipeline_version (pipeline, number, waiting, words, overridden, document, published_by, published_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
COLUMNS = "number, waiting, words, overridden, document, published_by, published_at"
LISTED = f"SELECT {COLUMNS} FROM pipeline_version WHERE pipeline = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
ONE = f"SELECT {COLUMNS} FROM pipeline_version WHERE pipeline = $1 AND number = $2"


async def keep(tx: Transaction, pipeline: str, version: Version) -> None:
    """Keep a version."""
    told: dict[str, Any] = version.model_dump(mode="json")
    columns = (told[name] for name in ("waiting", "words", "overridden", "document", "published_by"))
    await tx.execute(KEEP, pipeline, version.number, *columns, version.published_at)


async def listed(tx: Transaction, pipeline: str, before: int, limit: int) -> list[Version]:
    """List the versions of a pipeline below a number, newest first."""
    return [Version.model_validate(dict(row)) for row in await tx.fetch(LISTED, pipeline, before, limit)]


async def one(tx: Transaction, pipeline: str, number: int) -> Version | None:
    """Give one version."""
    row = await tx.fetchrow(ONE, pipeline, number)
    return None if row is None else Version.model_validate(dict(row))
