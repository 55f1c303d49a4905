"""Long columns that travel as one text come apart as what they were."""

import json

import pytest
from chassis.columns import BETWEEN, NOTHING, places, split, texts

from .conftest import Service

WORDS = ["one", None, 'quo"tes', "back\\slash", "{braces,commas}", "ünï→ço\n\tde", "NULL", None, " "]


async def test_texts_come_apart_as_they_were_with_nothing_where_there_was_nothing(service: Service) -> None:
    assert await service.database.ask(f"SELECT {split('$1')}", texts(WORDS)) == WORDS


async def test_one_empty_text_is_one_empty_text(service: Service) -> None:
    for column in ([""], ["", ""], ["", None], [None], ["x"], []):
        assert await service.database.ask(f"SELECT {split('$1')}", texts(column)) == column


async def test_no_texts_are_an_empty_array(service: Service) -> None:
    assert await service.database.ask(f"SELECT {split('$1')}", texts([])) == []


@pytest.mark.parametrize("sign", [BETWEEN, NOTHING])
async def test_a_document_may_hold_the_signs_between(service: Service, sign: str) -> None:
    documents = [json.dumps({"text": f"a{sign}b"}), "{}"]
    assert await service.database.ask(f"SELECT {split('$1')}", texts(documents)) == documents


async def test_places_name_the_rows_that_lie_there_and_no_other(service: Service) -> None:
    async with service.database.transaction() as tx:
        await tx.execute("CREATE TEMPORARY TABLE one ON COMMIT DROP AS SELECT n FROM generate_series(1, 2000) AS n")
        found = {row["n"]: row["place"] for row in await tx.fetch("SELECT n, ctid::text AS place FROM one")}
        gone = [1, 2, 900, 2000]
        await tx.execute("DELETE FROM one WHERE ctid = ANY($1::text::tid[])", places([found[n] for n in gone]))
        left = {row["n"] for row in await tx.fetch("SELECT n FROM one")}
        assert left == set(range(1, 2001)) - set(gone)
        await tx.execute("DELETE FROM one WHERE ctid = ANY($1::text::tid[])", places([]))
        assert await tx.fetchval("SELECT count(*) FROM one") == len(left)


async def test_odd_letters_come_back_as_they_went(service: Service) -> None:
    told = [chr(letter) for letter in range(1, 0x250) if chr(letter) not in {BETWEEN, NOTHING}]
    told += ["", "\U0001f600" * 3, "e\u0301", "\u202e", "\ufeff", "\r\n", "'", "$1", "x" * 100_000, "", ""]
    assert await service.database.ask(f"SELECT {split('$1')}", texts(told)) == told
    assert await service.database.ask(f"SELECT {split('$1')}", texts([None])) == [None]
