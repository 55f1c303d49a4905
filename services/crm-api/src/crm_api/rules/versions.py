"""A published version of a pipeline: the whole document, and who published it, when, and over which warnings."""

from datetime import datetime

from automation.checking import Finding
from pydantic import BaseModel, ConfigDict

from crm_api.rules.pipelines import Waiting, WrittenPipeline


class Version(BaseModel):
    """One publish, immutable; its number is that of the rule set that it made.

    `words` say what it changed; `waiting` what became of executions that waited on older versions; `overridden` are
    the warnings that it was published over.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    waiting: Waiting
    words: tuple[str, ...]
    overridden: tuple[Finding, ...] = ()
    published_by: str
    published_at: datetime
    document: WrittenPipeline
