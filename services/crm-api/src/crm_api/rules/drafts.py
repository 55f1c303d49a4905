"""A pipeline while it is edited: which document, made from which version, saved by whom."""

from dataclasses import dataclass
from datetime import datetime

from crm_api.rules.pipelines import LastingIds, Named, WrittenPipeline


class PipelineUnknown(LookupError):
    """There is no such pipeline, neither published nor as a draft."""


class DraftOutdated(Exception):
    """The draft has been saved, or its pipeline published, by someone else meanwhile."""

    def __init__(self, message: str, fix: str, current: int) -> None:
        super().__init__(message)
        self.fix = fix
        self.current = current


@dataclass(frozen=True, slots=True)
class PipelineDraft:
    """A draft; `base` is the number of what was published when it began, `version` 0 what was never saved.

    `ids` are the lasting ids of rules that are published, by where they stand in the draft.
    """

    pipeline: str
    version: int
    base: int
    document: WrittenPipeline
    ids: LastingIds
    saved_by: str
    saved_at: datetime | None

    @property
    def named(self) -> Named:
        """Give the document with the lasting ids that its rules have already."""
        return Named(self.document, self.ids)


def expect(draft: PipelineDraft, version: int | None) -> None:
    """Refuse a change that was decided on another version of the draft; raises `DraftOutdated`."""
    if version is not None and version != draft.version:
        told = f"the draft has version {draft.version}, not {version}"
        raise DraftOutdated(told, "look at the draft and send its version", draft.version)
