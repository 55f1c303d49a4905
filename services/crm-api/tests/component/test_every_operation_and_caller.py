"""Every operation of the API, asked for as every kind of caller: who may, who is refused, for whom it is not there."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from string import Template
from typing import Any

import httpx
import pytest
from chassis.testing import eventually
from crm_api.testing.company import PEOPLE, Company
from crm_api.testing.subjects import Subjects

# Ada's key that may only read; our own service.
CALLERS = (*PEOPLE, "limited", "service")


@dataclass(frozen=True)
class Need:
    """Who may; whoever only `sees` is refused with 403, and for all others it `hides`, or they are refused too."""

    may: str
    sees: str = ""
    hides: bool = False

    def expected(self, caller: str) -> int:
        """Give the status that a caller gets; 200 stands for any success."""
        if caller in self.may.split():
            return 200
        return 404 if self.hides and caller not in [*self.sees.split(), "service"] else 403


PERSONS = " ".join(PEOPLE)
NEEDS = {
    "anyone": Need(f"{PERSONS} limited service"),
    "person": Need(f"{PERSONS} limited"),
    "in full": Need(PERSONS),
    "service": Need("service"),
    "admin": Need("ada"),
    "read": Need("rea sam hana mia ada limited", hides=True),
    "read in full": Need("rea sam hana mia ada", "limited", hides=True),
    "sam's text": Need("sam", "rea hana mia ada limited", hides=True),
    "sam's or ada's": Need("sam ada", "rea hana mia limited", hides=True),
    "read, or ours": Need("rea sam hana mia ada limited service", hides=True),
    "change": Need("sam hana mia ada", "rea limited", hides=True),
    "add": Need("sam olaf hana mia ada"),
    "add any": Need("sam olaf hana mia ada ivo"),
    "read contact": Need("rea mia ada limited", hides=True),
    "change contact": Need("mia ada", "rea limited", hides=True),
    "read rules": Need("otto mia ada"),
    "find rules": Need("otto mia ada", hides=True),
    "change rules": Need("mia ada"),
    "apply rules": Need("mia ada"),
    "admin's to read": Need("ada", hides=True),
    "mia's": Need("mia ada", hides=True),
    "mia's own": Need("mia", hides=True),
    "sam's": Need("sam ada", "limited", hides=True),
    "sam's to answer": Need("sam ada", hides=True),
}
BODIES = {
    "deal": '{"to": "deal", "pipeline": "deal/retail"}',
    "import": '{"file": "<file>", "type": "deal", "pipeline": "deal/retail", "mapping": {"title": "title"}}',
    "meeting": '"kind": "meeting", "subject": "Measure", "starts_at": "2026-12-01T10:00Z"',
    "window": '"from": "2026-03-01T00:00Z", "to": "2026-03-02T00:00Z"',
    "time": '"starts_at": "2030-03-05T10:00Z", "ends_at": "2030-03-05T11:00Z"',
    "stages": '{"stages": [{"key": "new"}]}',
    "rule": '{"key": "bye", "do": {"create-task": {"to": "responsible", "title": "Say bye"}}}',
    "trigger": '{"key": "seen", "on": "visit", "allow_backward": true}',
}
TABLE = """
    add              POST   /v1/items  {"type": "deal", "pipeline": "deal/retail"}
    person           GET    /v1/items?pipeline=deal/retail
    person           POST   /v1/items/search  {"type": "deal"}
    read             GET    /v1/items/<item>
    change           PATCH  /v1/items/<item>  {"fields": {"notes": "seen"}}
    change           DELETE /v1/items/<item>
    change           POST   /v1/items/<item>/move  {"stage": "documents"}
    change           POST   /v1/items/moves  {"items": ["<item>"], "stage": "documents"}
    change           POST   /v1/items/<item>/restore
    change           POST   /v1/items/<item>/links  {"role": "related", "type": "deal", "id": "<other>"}
    change           DELETE /v1/items/<item>/links/related/<other>
    change           POST   /v1/items/<item>/assign  {"to": "sam"}
    change           POST   /v1/items/assignments  {"items": ["<item>"], "to": "sam"}
    read             GET    /v1/items/<item>/history
    read             GET    /v1/items/<item>/timeline
    change           POST   /v1/items/<item>/conversions  $deal
    change           POST   /v1/items/<item>/conversions/together  {"targets": [$deal]}
    read contact     GET    /v1/items/<contact>/duplicates
    change contact   POST   /v1/items/<contact>/merge  {"other": "<twin>"}
    read contact     GET    /v1/contacts/<contact>/consents
    change contact   PUT    /v1/contacts/<contact>/consents/email  {"state": "given"}
    admin            GET    /v1/suppressions
    admin            GET    /v1/suppressions/email/ana@example.com
    admin            PUT    /v1/suppressions/email/ana@example.com  {"suppressed": false}
    change           PUT    /v1/items/<item>/visits  {"watched": true}
    read, or ours    GET    /v1/items/<item>/goods
    change           PUT    /v1/items/<item>/goods  {"rows": []}
    admin            POST   /v1/items/<contact>/erase
    admin            GET    /v1/erasures/<erased>

    admin            POST   /v1/products  {"sku": "<new>", "name": "Oak", "price": "12.00 EUR"}
    person           GET    /v1/products
    person           GET    /v1/products/<product>
    admin            PATCH  /v1/products/<product>  {"name": "Oak <new>"}
    admin            DELETE /v1/products/<product>

    add any          GET    /v1/signals/held
    add any          POST   /v1/signals/<signal>/apply  {"ignore": true}

    person           GET    /v1/loops
    change           POST   /v1/loops/<loop>/release

    person           GET    /v1/executions?state=waiting
    person           GET    /v1/executions/counts
    person           GET    /v1/reports/employees
    person           GET    /v1/reports/outage?from=2026-11-20T10:00:00Z&to=2026-11-20T12:00:00Z
    change           POST   /v1/executions/<execution>/cancel
    change           POST   /v1/executions/<execution>/retry
    change           POST   /v1/effects/<new>/confirm  {"execution": "<execution>", "sent": true}
    person           POST   /v1/executions/cancel  {"ids": ["<execution>"]}
    person           POST   /v1/executions/retry  {"ids": ["<execution>"]}
    person           POST   /v1/executions/confirm  {"ids": ["<execution>"], "sent": true}

    service          POST   /v1/tasks  {"id": "<new>", "item": "<item>", "title": "Call"}
    person           GET    /v1/tasks
    read             GET    /v1/tasks?item=<item>
    read             GET    /v1/tasks/<task>
    change           PATCH  /v1/tasks/<task>  {"status": "done"}
    service          POST   /v1/notices  {"id": "<new>", "person": "mia", "item": "<item>", "text": "Call"}
    person           GET    /v1/notices
    mia's own        POST   /v1/notices/<notice>/read
    change           POST   /v1/activities  {"item": "<item>", $meeting}
    person           GET    /v1/activities?person=sam
    read             GET    /v1/activities?item=<item>
    read             GET    /v1/activities/<activity>
    change           PATCH  /v1/activities/<activity>  {"subject": "Measure again"}
    change           POST   /v1/activities/<activity>/complete  {"result": "Done"}
    change           POST   /v1/activities/<activity>/cancel  {}
    change           DELETE /v1/activities/<activity>
    in full          POST   /v1/reminders  {"text": "Call", "at": "2099-01-01T10:00Z"}
    change           POST   /v1/reminders  {"activity": "<activity>", "lead": "1 hour"}
    person           GET    /v1/reminders
    mia's            DELETE /v1/reminders/<reminder>
    in full          POST   /v1/calendar
    person           GET    /v1/calendar
    in full          DELETE /v1/calendar
    person           GET    /v1/people/sam/busy?from=2026-12-01T00:00Z&to=2026-12-02T00:00Z
    person           GET    /v1/questions
    person           GET    /v1/questions?item=<item>
    person           GET    /v1/conversations
    read             GET    /v1/items/<item>/conversations
    read             GET    /v1/conversations/<conversation>
    read             GET    /v1/conversations/<conversation>/messages
    change           POST   /v1/conversations/<conversation>/messages  {"text": "Yes"}
    change           POST   /v1/conversations/<conversation>/accept
    sam's to answer  GET    /v1/questions/<question>
    sam's to answer  POST   /v1/questions/<question>/answer  {"answers": {"oven": "gas"}}
    service          POST   /v1/documents  {"id": "<new>", "item": "<item>", "template": "offer", "file": "<file>"}
    service          GET    /v1/documents/by-token/<document>
    change           POST   /v1/items/<item>/documents  {"template": "<template>"}
    read             GET    /v1/items/<item>/documents
    read             GET    /v1/documents/<paper>
    read             GET    /v1/documents/<paper>/file
    change           POST   /v1/documents/<paper>/versions  {"file": "<file>"}
    change           POST   /v1/documents/<paper>/link  {"days": 3}
    change           DELETE /v1/documents/<paper>/link
    person           GET    /v1/files/<file>/placeholders
    read in full     POST   /v1/items/<item>/feed  {"text": "Sold"}
    read             GET    /v1/items/<item>/feed
    change           POST   /v1/bookings  {"resource": "<resource>", "item": "<item>", $time}
    read             GET    /v1/items/<item>/bookings
    read             GET    /v1/bookings/<booking>
    change           PATCH  /v1/bookings/<booking>  {"note": "Ring twice"}
    change           DELETE /v1/bookings/<booking>
    person           GET    /v1/resources/<resource>/free?day=2030-03-05
    person           GET    /v1/resources/<resource>/bookings?since=2030-03-05T00:00Z&until=2030-03-06T00:00Z
    in full          POST   /v1/feed  {"text": "Good morning", "everyone": true}
    person           GET    /v1/feed
    read             GET    /v1/feed/<post>
    sam's text       PATCH  /v1/feed/<post>  {"text": "Sold, @mia"}
    sam's or ada's   DELETE /v1/feed/<post>
    read             GET    /v1/feed/<post>/comments
    read in full     POST   /v1/feed/<post>/comments  {"text": "Thanks"}
    sam's text       PATCH  /v1/feed/comments/<comment>  {"text": "Many thanks"}
    sam's or ada's   DELETE /v1/feed/comments/<comment>
    anyone           POST   /v1/files  {}
    anyone           GET    /v1/files/<file>

    person           GET    /v1/jobs
    mia's            GET    /v1/jobs/<job>
    mia's            POST   /v1/jobs/<job>/cancel
    mia's            POST   /v1/jobs/<job>/resume
    mia's            GET    /v1/jobs/<job>/problems.csv
    add              POST   /v1/exports  {"type": "deal"}
    person           POST   /v1/imports/preview  {"file": "<file>", "type": "deal"}
    add              POST   /v1/imports  $import

    person           GET    /v1/catalogue?type=deal
    person           GET    /v1/apps
    admin            GET    /v1/apps/<app>
    admin            PUT    /v1/apps/acme  {"address": "https://acme.example/"}
    admin            POST   /v1/apps/<app>/secret
    admin            DELETE /v1/apps/<app>/old-secret
    admin            DELETE /v1/apps/<app>
    admin            GET    /v1/company.yaml
    admin            PUT    /v1/company.yaml  {"kind": "constant", "id": "ceiling", "data": {"value": 7}}
    person           GET    /v1/pipelines
    person           GET    /v1/pipelines/deal/retail/totals
    person           GET    /v1/pipelines/deal/retail/board
    person           GET    /v1/pipelines/deal/retail/board/new
    admin            POST   /v1/pipelines/deal/retail/totals/recount
    read rules       GET    /v1/pipelines/deal/retail
    read rules       GET    /v1/pipelines/deal/retail.yaml
    change rules     PUT    /v1/pipelines/deal/<pipeline>  $stages
    change rules     PUT    /v1/pipelines/deal/<pipeline>.yaml  $stages
    change rules     DELETE /v1/pipelines/deal/<pipeline>
    read rules       GET    /v1/pipelines/deal/<draft>/draft
    read rules       GET    /v1/pipelines/deal/<draft>/draft.yaml
    read rules       GET    /v1/pipelines/deal/<draft>/draft/changes
    change rules     PUT    /v1/pipelines/deal/<draft>/draft  $stages
    change rules     PUT    /v1/pipelines/deal/<draft>/draft.yaml  $stages
    change rules     POST   /v1/pipelines/deal/<draft>/draft/publish  {}
    change rules     DELETE /v1/pipelines/deal/<draft>/draft
    read rules       GET    /v1/pipelines/deal/<pipeline>/versions
    read rules       GET    /v1/pipelines/deal/<pipeline>/versions/1
    change rules     POST   /v1/pipelines/deal/<pipeline>/versions/1/publish  {}
    read rules       POST   /v1/simulations  {"pipeline": "deal/retail", "rules": "published", $window}
    read rules       GET    /v1/simulations/<simulation>
    read rules       GET    /v1/simulations/<simulation>/effects
    change rules     POST   /v1/pipelines/deal/<pipeline>/stages/new/rules  $rule
    change rules     POST   /v1/pipelines/deal/<pipeline>/stages/new/triggers  $trigger
    change rules     PATCH  /v1/pipelines/deal/<ruled>/stages/new/rules/hello  {"set": {"enabled": false}}
    change rules     POST   /v1/pipelines/deal/<ruled>/stages/new/rules/hello/move  {"stage": "later"}
    change rules     POST   /v1/pipelines/deal/<ruled>/stages/new/rules/hello/copy  {"stage": "later"}
    change rules     DELETE /v1/pipelines/deal/<ruled>/stages/new/rules/hello

    apply rules      POST   /v1/pipelines/deal/retail/stages/new/apply  {}
    apply rules      POST   /v1/pipelines/deal/retail/stages/new/apply/preview  {}

    person           GET    /v1/config/person
    person           GET    /v1/config/connection
    person           GET    /v1/config/type/deal
    admin's to read  GET    /v1/config/connection/sms
    find rules       GET    /v1/config/pipeline/deal%2Fretail
    find rules       GET    /v1/config/rule-set/deal%2Fretail%2F1
    admin            POST   /v1/connections/<connection>/try?wait=0
    admin            GET    /v1/connections/<connection>/tries/<tried>
    admin            PUT    /v1/config/constant/<new>  {"value": 1}
    admin            DELETE /v1/config/constant/<constant>
    person           GET    /v1/types/deal/card
    read             GET    /v1/types/deal/card?item=<item>
    person           GET    /v1/types/deal/form
    person           GET    /v1/types/deal/views/list
    person           PUT    /v1/types/deal/views/list  {"fields": ["title"]}
    person           DELETE /v1/types/deal/views/list

    in full          POST   /v1/api-keys  {"name": "one more"}
    person           GET    /v1/api-keys
    sam's            DELETE /v1/api-keys/<key>
    admin            GET    /v1/audit
    admin            POST   /v1/sources/website/replays  {"delivery": "<new>"}
"""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    need: Need
    method: str
    path: str
    body: str

    @classmethod
    def read(cls, line: str) -> "Row":
        """Read a line: the need, the operation, and after two blanks the body."""
        need, method, path, body = re.fullmatch(r"\s*(.+?)\s+([A-Z]+)\s+(\S+)(.*)", line).groups()  # type: ignore[union-attr]
        return cls(NEEDS[need], method, path, body.strip())

    def named(self, operations: list[tuple[str, str]]) -> tuple[str, str]:
        """Give the operation of the description that this calls: the one with the fewest places to fill."""
        path = self.path.partition("?")[0]
        fits = [
            (m, p) for m, p in operations if m == self.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", p), path)
        ]
        assert fits, f"there is no {self.method} {path}"
        return min(fits, key=lambda one: (one[1].count("{"), -len(one[1])))


ROWS = [Row.read(line) for line in Template(TABLE).substitute(BODIES).splitlines() if line.strip()]


class Everyone:
    """All kinds of callers of one company."""

    def __init__(self, company: Company, clients: dict[str, httpx.AsyncClient]) -> None:
        self.company = company
        self.clients = clients

    @classmethod
    async def of(cls, company: Company) -> "Everyone":
        """Sign everyone in, with one key each."""
        clients = {person: await company.sign_in(person) for person in PEOPLE}
        clients["limited"] = await company.sign_in("ada", scope={"actions": ["read"]})
        return cls(company, {**clients, "service": company.crm.worker})

    async def answers(self, row: Row) -> dict[str, tuple[int, str]]:
        """Ask as everyone, first those who are refused; give who was answered otherwise than expected, and what."""
        wrong = {}
        subjects = Subjects(self.company)
        for caller in sorted(CALLERS, key=lambda one: row.need.expected(one) < 300):
            expected = row.need.expected(caller)
            # What one caller did must not stand in the way of the next.
            subjects = Subjects(self.company) if expected == 200 else subjects
            answer = await ask(self.clients[caller], row, subjects)
            fine = answer.is_success or answer.status_code == 409 if expected == 200 else answer.status_code == expected
            if not fine:
                wrong[caller] = (answer.status_code, answer.text[:200])
        return wrong


async def ask(client: httpx.AsyncClient, row: Row, subjects: Subjects) -> httpx.Response:
    """Send a request."""
    path, body = await subjects.fill(row.path), await subjects.fill(row.body)
    return await client.request(row.method, path, content=body, headers={"Content-Type": "application/json"})


async def operations(company: Company) -> list[tuple[str, str]]:
    """Give all operations of the description, as (method, path)."""
    paths: dict[str, Any] = (await company.crm.ann.get("/openapi.json")).json()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


@pytest.mark.timeout(900)
@pytest.mark.req("J11", "K6", "K7")
async def test_every_operation_answers_each_caller_as_the_table_says(company: Company) -> None:
    deal = (await company.crm.ann.get("/v1/config/type/deal")).json()["data"]
    secrets = {"provider": "twilio", "secrets": {"token": "very secret"}}
    for path, record in (("connection/sms", secrets), ("type/deal", {**deal, "goods": True})):
        assert (await company.crm.ann.put(f"/v1/config/{path}", json=record)).status_code == 200
    everyone = await Everyone.of(company)
    wrong = {f"{row.method} {row.path}": answers for row in ROWS if (answers := await everyone.answers(row))}
    assert not wrong, json.dumps(wrong, indent=2)


async def test_every_operation_has_its_line_in_the_table(company: Company) -> None:
    described = await operations(company)
    assert set(described) - {row.named(described) for row in ROWS} == set()


async def test_nobody_asks_without_a_token_that_is_valid_now(company: Company) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    expired, revoked = await company.key("ada", expires_at=later.isoformat()), await company.key("ada")
    await company.crm.fetch("UPDATE api_key SET expires_at = signalbox_now() WHERE id = $1", expired["id"])
    assert (await company.crm.ann.delete(f"/v1/api-keys/{revoked['id']}")).status_code == 204
    tokens = ["", "guessed", revoked["key"], expired["key"], "Bearer", "a.b.c"]
    clients = {token: company.showing(token) for token in tokens}
    for client in clients.values():
        # What was revoked is remembered for five seconds at most.
        await eventually(partial(refused, client))
    subjects = Subjects(company)
    for row in ROWS:
        for token, client in clients.items():
            answer = await ask(client, row, subjects)
            assert answer.status_code == 401, (row.method, row.path, token, answer.text)


async def refused(client: httpx.AsyncClient) -> bool:
    """Say whether a client is nobody."""
    return (await client.get("/v1/audit")).status_code == 401
