"""A document that is made too slowly, whose process ends by itself in the moment in which it is to be ended."""

import os

import pytest
from action_workers.documents.pressing import run
from chassis.errors import Rejected


async def test_a_process_that_has_just_ended_leaves_the_words_that_it_took_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def just_ended(process: int, how: int) -> None:
        os.kill(process, how)
        raise ProcessLookupError(3, "No such process")

    monkeypatch.setattr(os, "killpg", just_ended)
    with pytest.raises(Rejected, match=r"takes longer than 0\.05 s to make"):
        await run(("sleep", "600"), b"", longest=0.05)
