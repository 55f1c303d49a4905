"""Every example of the OpenAPI document, sent to a new installation as it stands, is answered as the document says."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from contracts import topics
from crm_api.http import addresses, apps, config_examples
from crm_api.http.contract import TAGS
from crm_api.imports.asked import EXAMPLE_FILE
from crm_api.rules.pipelines import EXAMPLE as RETAIL
from crm_api.testing.company import Company, furnished
from crm_api.testing.examples import Contract, Example, ExampleMissing
from crm_api.testing.subjects import Subjects

# What stands for the ids of the examples: things that are made anew for each of them.
STANDS_FOR = {
    addresses.ITEM: "<item>",
    addresses.CONTACT: "<contact>",
    addresses.TWIN: "<twin>",
    addresses.ERASED: "<erased>",
    addresses.LEAD: "<lead>",
    addresses.PRODUCT: "<product>",
    addresses.SIGNAL: "<signal>",
    addresses.JOB: "<job>",
    addresses.KEY: "<key>",
    addresses.TOKEN: "<document>",
    addresses.WAITING: "<execution>",
    addresses.FAILED: "<failed>",
    addresses.UNCERTAIN: "<uncertain>",
    addresses.EFFECT: "<effect>",
    addresses.QUESTION: "<question>",
    addresses.CONVERSATION: "<conversation>",
    addresses.SIMULATION: "<simulation>",
    addresses.TRY: "<tried>",
    addresses.LOOP: "<loop>",
    addresses.NOTICE: "<notice>",
    addresses.NOTICE_MADE: "<new>",
    addresses.TASK: "<new>",
    addresses.TASK_THERE: "<task>",
    addresses.ACTIVITY: "<activity>",
    addresses.REMINDER: "<reminder>",
    addresses.DOCUMENT: "<new>",
    addresses.PAPER: "<paper>",
    addresses.POST: "<post>",
    addresses.BOOKING: "<booking>",
    addresses.COMMENT: "<comment>",
}
# No items may stand in a pipeline that is deleted.
EMPTY = {"pipelines_delete": ("/deal/retail", "/deal/<pipeline>")}
BY_SERVICES = {"tasks_create", "notices_create", "documents_create", "documents_by_token"}
ROOM = "/v1/pipelines/deal/retail"
# Others name what these put.
FIRST = ("config_put", "pipelines_put")


class Room:
    """A new installation in which every example can be tried."""

    def __init__(self, company: Company, contract: Contract) -> None:
        self.company = company
        self.contract = contract

    async def prepare(self) -> None:
        """Let everything that examples name by its key be as if nobody had tried any."""
        ann = self.company.crm.ann
        await ann.delete(f"{ROOM}/draft")
        (constant, record) = config_examples.RECORDS["constant"]
        rooms = ((ROOM, RETAIL), (f"{ROOM}/draft", RETAIL))
        puts = (*rooms, (f"/v1/config/constant/{constant}", record), ("/v1/apps/acme", apps.EXAMPLE))
        for path, body in puts:
            answer = await ann.put(path, json=body)
            assert answer.status_code == 200, answer.text

    async def send(self, example: Example) -> httpx.Response:
        """Send an example, with ids of things that there are."""
        subjects = Subjects(self.company, reader="ann")
        address = example.address.replace(*EMPTY.get(example.operation, ("", "")))
        address, body = [await self.named(text, subjects) for text in (address, example.body)]
        crm = self.company.crm
        client: httpx.AsyncClient = crm.worker if example.operation in BY_SERVICES else crm.ann
        headers = {"Content-Type": example.media.replace("*/*", "text/csv")} if example.media else {}
        return await client.request(example.method, address, content=body.encode(), headers=headers)

    async def named(self, text: str, subjects: Subjects) -> str:
        """Put things that there are in the place of made-up ids."""
        for id_, name in STANDS_FOR.items():
            text = text.replace(id_, name)
        return await subjects.fill(text)

    async def broken(self, operation: str) -> dict[str, str]:
        """Try the examples of an operation; gives what is wrong with them, by name."""
        try:
            examples = list(self.contract.examples(operation))
        except ExampleMissing as error:
            return {"": str(error)}
        found = {}
        for example in examples:
            await self.prepare()
            found[example.name] = self.contract.broken(operation, await self.send(example))
        return {name: wrong for name, wrong in found.items() if wrong}


@pytest.fixture
async def room(started: Callable[..., Awaitable[Any]], deployment: Any) -> AsyncIterator[Room]:
    """Give a rehearsal, since its clock is config too."""
    deployment.rehearsal = True
    deployment.templates = {}
    await deployment.topics(topics.ACTIONS["sms"], topics.ACTIONS["message"], topics.ACTIONS["document"])
    crm = await started(as_new=True)
    for path, body in (("config/person/ann", {"name": "Ann", "role": "seller"}), ("pipelines/deal/retail", RETAIL)):
        answer = await crm.ann.put(f"/v1/{path}", json=body)
        assert answer.status_code == 200, answer.text
    kept = await crm.ann.post("/v1/files", content=EXAMPLE_FILE, headers={"Content-Type": "text/csv"})
    assert kept.status_code == 201
    assert (await crm.ann.post("/v1/files", content=config_examples.PAGE)).status_code == 201
    contract = Contract((await crm.ann.get("/openapi.json")).json())
    async with furnished(crm) as company:
        yield Room(company, contract)


@pytest.mark.timeout(900)
@pytest.mark.req("K8")
async def test_every_operation_has_an_example_that_works_on_a_new_installation(room: Room) -> None:
    operations = sorted(room.contract.operations, key=lambda one: one not in FIRST)
    wrong = {operation: found for operation in operations if (found := await room.broken(operation))}
    assert not wrong, json.dumps(wrong, indent=2)


async def test_every_operation_has_a_short_name_of_its_own_and_words_for_a_reader(crm: Any) -> None:
    document = (await crm.ann.get("/openapi.json")).json()
    said = [one for methods in document["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in said]
    assert (len(set(names)), max(map(len, names)) < 30) == (len(names), True)
    assert all(one["summary"] and one["description"].endswith(".") and len(one["tags"]) == 1 for one in said)
    assert {one["tags"][0] for one in said} == set(TAGS)
    assert [tag["name"] for tag in document["tags"]] == list(TAGS)
    unclear = [name for name in document["components"]["schemas"] if "__" in name or name.endswith(("Input", "Output"))]
    assert unclear == []
    assert all("4XX" in one["responses"] for one in said)
