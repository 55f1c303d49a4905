"""A short run of `make fuzz`: every operation of crm-api, as anonymous, a reader and an admin, the same each time."""

import pytest
from stack import Stack

from tests import fuzz

SECONDS = 20


async def test_no_request_is_answered_with_a_5xx_or_outside_its_schema(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with fuzz.company(stack, tmp_path_factory.mktemp("fuzz")) as (url, callers):
        for caller, token in callers.items():
            code, said = await fuzz.play(url, token, SECONDS, "--seed", "1")
            assert code == 0, f"as {caller}:\n{said}"
