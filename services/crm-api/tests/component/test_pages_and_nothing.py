"""Lists part by part: each thing once, a full last part is followed by an empty one, and nothing is a list too."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from crm_api.store import lists as store
from crm_api.testing.company import Company

Listing = tuple[str, str]
COUNT = 4
OF_DEAL: list[Listing] = [
    ("/v1/items/{}/history", "entries"),
    ("/v1/items/{}/bookings", "bookings"),
    ("/v1/activities?item={}", "activities"),
    ("/v1/activities?person=ann", "activities"),
    ("/v1/tasks?item={}", "tasks"),
    ("/v1/tasks", "tasks"),
    ("/v1/reminders", "reminders"),
    ("/v1/products", "items"),
    ("/v1/items?type=contact", "items"),
    ("/v1/items?type=contact&sort=title", "items"),
    ("/v1/items?type=contact&search=ana", "items"),
    ("/v1/items?pipeline=deal/other", "items"),
]


async def pages(client: Any, path: str, of: str, limit: int) -> list[list[str]]:
    """Read a whole list in parts; give the ids of each."""
    found: list[list[str]] = []
    after = ""
    while after is not None:
        answer = await client.get(with_limit(path) + urlencode({"after": after, "limit": limit}))
        assert answer.status_code == 200, answer.text
        found.append([one["id"] for one in answer.json()[of]])
        after = answer.json()["next"]
    return found


def with_limit(path: str) -> str:
    """Let a path be followed by more parameters."""
    return f"{path}{'&' if '?' in path else '?'}"


async def filled(crm: Any) -> str:
    """Make four of everything, and give the deal that they are of."""
    for path, body in (
        ("config/resource/van", {}),
        ("pipelines/deal/other", {"stages": [{"key": "one"}, {"key": "two"}]}),
    ):
        assert (await crm.ann.put(f"/v1/{path}", json=body)).status_code == 200
    deal = str((await crm.deal())["id"])
    about: dict[str, Any] = {"item": deal}
    for n in range(COUNT):
        await crm.made("/v1/items", type="contact", title=f"Ana {n}")
        await crm.made("/v1/items", type="deal", pipeline="deal/other", stage=("one", "two")[n % 2])
        time = {"starts_at": f"2030-03-05T1{n}:00:00Z", "ends_at": f"2030-03-05T1{n + 1}:00:00Z"}
        await crm.made("/v1/bookings", resource="van", **about, **time)
        # All begin at one moment: then their ids say where a part ends.
        await crm.made("/v1/activities", kind="call", subject=f"Call {n}", starts_at="2030-03-05T10:00:00Z", **about)
        await crm.made("/v1/reminders", text=f"Pay {n}", at="2030-03-05T10:00:00Z")
        await crm.made("/v1/products", sku=f"A-{n}", name="Oak table", price="1 EUR")
        task = {"id": str(uuid4()), "title": f"Task {n}", "assignee": "ann", **about}
        assert (await crm.worker.post("/v1/tasks", json=task)).status_code == 201
        if n:
            await crm.ann.patch(f"/v1/items/{deal}", json={"fields": {"notes": f"{n}"}})
    return deal


async def test_every_list_gives_each_thing_once_whatever_the_size_of_its_parts_and_no_place_is_guessed(
    crm: Any,
) -> None:
    deal = await filled(crm)
    for written, of in OF_DEAL:
        path = written.replace("{}", deal)
        [whole] = await pages(crm.ann, path, of, 1000)
        assert len(set(whole)) == COUNT, path
        for limit in (1, 2, 3, 4, 5):
            parts = await pages(crm.ann, path, of, limit)
            assert [len(part) for part in parts] == [limit] * (COUNT // limit) + [COUNT % limit], (path, limit)
            assert [id_ for part in parts for id_ in part] == whole, (path, limit)
    # A part has one to a thousand, and begins where one ended.
    more: list[Listing] = [("/v1/items/{}/timeline", "rows"), ("/v1/executions?state=failed", "executions")]
    for written, _ in [*OF_DEAL, *more]:
        path = with_limit(written.replace("{}", deal))
        for asked, field in (
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=some", "limit"),
            ("after=somewhere", "after"),
            ("after=2026-01-01T00:00:00/", "after"),
        ):
            answer = await crm.ann.get(path + asked)
            told = [error["field"] for error in answer.json()["errors"]]
            assert (answer.status_code, told) == (422, [field]), (path, asked)


async def test_nothing_is_a_list_that_ends_at_once(crm: Any) -> None:
    deal = str((await crm.deal())["id"])
    lists = [one for one in OF_DEAL if "history" not in one[0] and "deal/other" not in one[0]]
    more: list[Listing] = [("/v1/jobs", "jobs"), ("/v1/loops", "loops"), ("/v1/executions?state=failed", "executions")]
    for path, of in (*lists, *more, ("/v1/items?pipeline=deal/unheard-of", "items")):
        answer = (await crm.ann.get(path.replace("{}", deal))).json()
        assert (answer[of], answer["next"]) == ([], None), path
    answer = (await crm.ann.post("/v1/items/search", json={"type": "invoice", "columns": []})).json()
    assert answer == {"columns": [], "rows": [], "next": None, "rules": ["/v1/pipelines/invoice/plain"]}
    assert (await crm.ann.get("/v1/executions/counts")).json() == {"states": {}}
    ordered = await crm.ann.post("/v1/executions/retry", json={"where": {}})
    assert (ordered.status_code, ordered.json()) == (202, {"ordered": [], "refused": [], "job": None})
    board = (await crm.ann.get("/v1/pipelines/invoice/plain/board")).json()
    told = [(s["count"], s["sums"], s["together"], s["cards"], s["next"]) for s in board["stages"]]
    assert told == [(0, [], "0.00 EUR", [], None)] * 2
    table = await crm.ann.post("/v1/exports", json={"type": "invoice", "columns": ["title", "amount"], "bom": False})
    assert (table.status_code, table.text) == (200, "Title,amount\r\n")


async def test_a_full_part_of_a_search_or_a_board_is_followed_by_an_empty_one(
    crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(COUNT):
        await crm.deal(title=f"Oak {n}", fields={"notes": "seen"} if n % 2 else {})

    async def sizes(sort: str, limit: int, **more: Any) -> list[int]:
        found: list[int] = []
        after = ""
        while after is not None:
            asked = {"type": "deal", "sort": {"field": sort}, "limit": limit, "after": after, **more}
            answer = (await crm.ann.post("/v1/items/search", json=asked)).json()
            found.append(len(answer["rows"]))
            after = answer["next"]
        return found

    # Read from what a condition leaves, then walked along the index of the order.
    for few in (store.FEW, -1):
        monkeypatch.setattr(store, "FEW", few)
        for sort in ("id", "title", "notes"):
            for more in (
                {},
                {"search": "oak"},
                {"pipeline": "deal/retail"},
                {"pipeline": "deal/retail", "stage": "new"},
            ):
                assert [await sizes(sort, limit, **more) for limit in (2, 3, 4)] == [[2, 2, 0], [3, 1], [4, 0]], (
                    sort,
                    more,
                )
        board = "/v1/pipelines/deal/retail/board"
        [new, *_] = (await crm.ann.get(board, params={"limit": 4, "sort": "notes"})).json()["stages"]
        behind = {"sort": "notes", "limit": 100, "after": new["next"]}
        assert (await crm.ann.get(f"{board}/new", params=behind)).json() == {"cards": [], "next": None}
        answer = await crm.ann.get(f"{board}/new", params={**behind, "sort": "-notes"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")
        assert "sorted by notes, not by -notes" in answer.json()["detail"]


async def test_who_sees_a_part_of_what_an_item_has_reads_that_part_to_its_end(company: Company) -> None:
    deal, nils = await company.deal("sam"), await company.sign_in("nils")
    for n in range(2):
        task = {"id": str(uuid4()), "item": deal, "title": f"Task {n}"}
        for whose in ({"assignee": "nils"}, {"assignee": "sam"}):
            made = await company.crm.worker.post("/v1/tasks", json={**task, "id": str(uuid4()), **whose})
            assert made.status_code == 201
            call = {"item": deal, "kind": "call", "subject": "Call", "starts_at": f"2030-03-05T1{n}:00:00Z", **whose}
            await company.crm.made("/v1/activities", **call)
        await company.crm.made(f"/v1/items/{deal}/feed", text=f"Post {n}", people=["nils"])
        await company.crm.made(f"/v1/items/{deal}/feed", text="Of others")
    of_deal = (f"/v1/tasks?item={deal}", f"/v1/activities?item={deal}", f"/v1/items/{deal}/feed")
    for path, of in zip(of_deal, ("tasks", "activities", "posts"), strict=True):
        parts = await pages(nils, path, of, 1)
        assert [len(part) for part in parts] == [1, 1, 0], path
        ivo = await company.sign_in("ivo")
        assert (await ivo.get(path)).status_code == 404
