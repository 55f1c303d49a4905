"""The addresses of sources: each ends with the source's token."""

import hmac

from automation.knowledge import Knowledge
from contracts.config import Source

# What a token is compared with where there is no source: that takes as long as with one.
NOWHERE = b"no source has this token"


def source_at(knowledge: Knowledge, name: str, token: str) -> Source | None:
    """Give the source that has this address; None for a wrong token as for a source that is not there."""
    source = knowledge.sources.get(name)
    fits = hmac.compare_digest(source.token.encode() if source else NOWHERE, token.encode())
    return source if source is not None and source.token and fits else None
