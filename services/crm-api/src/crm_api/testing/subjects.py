"""What operations are tried on: made anew for each operation that asks for it by name."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.principals import Principal
from contracts.commands import ApplySignal
from contracts.executions import ExecutionRow
from contracts.questions import AskedField
from contracts.rules import RuleSetRef
from contracts.signals import Signal

from crm_api.background import working
from crm_api.chats.conversation import Conversation
from crm_api.executions import bulk
from crm_api.feed.posts import Comment, Post
from crm_api.notices import Notice
from crm_api.questions import Kept
from crm_api.record.loops import Loop
from crm_api.store import chats as stored_chats
from crm_api.store import feed as stored_feed
from crm_api.store import loops as stored_loops
from crm_api.store import notices as stored_notices
from crm_api.store import questions as stored_questions
from crm_api.store import signals as stored_signals
from crm_api.store import timeline as stored_timeline
from crm_api.store.signals import Decided
from crm_api.testing.company import Company

EXECUTED = {
    "version": 1,
    "activation": 1,
    "rule": UUID(int=1),
    "rule_key": "greet",
    "rule_set": RuleSetRef(pipeline="deal/retail", number=1),
    "stage": "new",
    "action": "send-sms",
}
NAME = re.compile(r"<(\w+)>")


class Subjects:
    """Things in a company: items of Sam's, and what hangs on them."""

    def __init__(self, company: Company, reader: str = "mia") -> None:
        self.company = company
        self.crm = company.crm
        self.reader = reader
        self.made: dict[str, str] = {}

    async def fill(self, text: str) -> str:
        """Put the ids of things in place of their names, such as `<item>`, making those that are not there yet."""
        for name in dict.fromkeys(NAME.findall(text)):
            if name not in self.made:
                make: Callable[[], Awaitable[str]] = getattr(self, name)
                self.made[name] = await make()
            text = text.replace(f"<{name}>", self.made[name])
        return text

    async def new(self) -> str:
        return str(uuid4())

    async def item(self) -> str:
        return await self.company.deal("sam", title="of Sam's")

    other = item

    async def contact(self) -> str:
        return str((await self.crm.made("/v1/items", type="contact", title="Ana"))["id"])

    twin = contact

    async def erased(self) -> str:
        contact = await self.contact()
        assert (await self.crm.ann.post(f"/v1/items/{contact}/erase")).status_code == 200
        return contact

    async def product(self) -> str:
        return str((await self.crm.made("/v1/products", sku=str(uuid4()), name="Table", price="12.00 EUR"))["id"])

    async def app(self) -> str:
        id_ = f"a{uuid4().hex[:8]}"
        answer = await self.crm.ann.put(f"/v1/apps/{id_}", json={"address": "https://acme.example/"})
        assert answer.status_code == 200, answer.text
        return id_

    async def pipeline(self) -> str:
        key = f"p{uuid4().hex[:8]}"
        answer = await self.crm.ann.put(f"/v1/pipelines/deal/{key}", json={"stages": [{"key": "new"}]})
        assert answer.status_code == 200, answer.text
        return key

    async def draft(self) -> str:
        key = await self.pipeline()
        answer = await self.crm.ann.put(f"/v1/pipelines/deal/{key}/draft", json={"stages": [{"key": "new"}]})
        assert answer.status_code == 200, answer.text
        return key

    async def ruled(self) -> str:
        key = await self.pipeline()
        rule = {"key": "hello", "do": {"create-task": {"to": "responsible", "title": "Say hello"}}}
        answer = await self.crm.ann.put(
            f"/v1/pipelines/deal/{key}", json={"stages": [{"key": "new", "rules": [rule]}, {"key": "later"}]}
        )
        assert answer.status_code == 200, answer.text
        return key

    async def constant(self) -> str:
        id_ = f"c{uuid4().hex[:8]}"
        assert (await self.crm.ann.put(f"/v1/config/constant/{id_}", json={"value": 1})).status_code == 200
        return id_

    async def connection(self) -> str:
        """Give one of a provider that nobody asks here; examples know it by its name."""
        id_ = "sms" if self.reader == "ann" else f"c{uuid4().hex[:8]}"
        record = {"provider": "telegram", "secrets": {"bot_token": "1:token"}}
        assert (await self.crm.ann.put(f"/v1/config/connection/{id_}", json=record)).status_code == 200
        return id_

    async def tried(self) -> str:
        name = self.made["connection"] = self.made.get("connection") or await self.connection()
        answer = await self.crm.ann.post(f"/v1/connections/{name}/try?wait=0")
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def key(self) -> str:
        return str((await self.company.key("sam"))["id"])

    async def lead(self) -> str:
        return str((await self.crm.made("/v1/items", type="lead", pipeline="lead/main", title="Ana"))["id"])

    async def execution(self) -> str:
        """Give one that waits."""
        return await self._executed("waiting")

    async def failed(self) -> str:
        return await self._executed("failed")

    async def uncertain(self) -> str:
        """Give one with `<effect>`, of which nobody knows whether it was sent."""
        effect = self.made["effect"] = str(uuid4())
        seen = {"id": effect, "whom": "+351912345678", "state": "uncertain", "version": 1, "at": "2026-11-20T10:00:00Z"}
        return await self._executed("uncertain", effects=[seen])

    async def effect(self) -> str:
        self.made["uncertain"] = await self.uncertain()
        return self.made["effect"]

    async def _executed(self, state: str, **more: Any) -> str:
        item = self.made["item"] = self.made.get("item") or await self.item()
        async with self.crm.process.database.transaction() as tx:
            told = {"id": uuid4(), "item": item, "state": state, "planned_at": await tx.now()}
            row = ExecutionRow.model_validate({**EXECUTED, **told, **more})
            await stored_timeline.keep(tx, [row])
        return str(row.id)

    async def task(self) -> str:
        """Give somebody a task of an item of Sam's."""
        body = {"id": str(uuid4()), "item": await self.item(), "title": "Call", "assignee": "sam"}
        assert (await self.crm.worker.post("/v1/tasks", json=body)).status_code == 201
        return body["id"]

    async def activity(self) -> str:
        """Put a meeting into Sam's calendar."""
        body = {"kind": "meeting", "subject": "Measure", "starts_at": "2026-12-01T10:00Z", "assignee": "sam"}
        return str((await self.crm.made("/v1/activities", item=await self.item(), **body))["id"])

    async def reminder(self) -> str:
        """Give a reminder of the reader's."""
        told: dict[str, Any] = {"people": [self.reader], "text": "Call", "at": "2099-12-01T10:00Z"}
        return str((await self.crm.made("/v1/reminders", **told))["id"])

    async def conversation(self) -> str:
        item, now = UUID(await self.item()), datetime.now(UTC)
        chat = Conversation(id=uuid4(), channel="bot", chat=f"bot:{uuid4().int}", began_at=now, last_at=now)
        async with self.crm.process.database.transaction() as tx:
            await stored_chats.begin(tx, chat)
            await stored_chats.concerns(tx, chat.id, [item], None)
        return str(chat.id)

    async def question(self) -> str:
        """Ask Sam something about an item of theirs."""
        async with self.crm.process.database.transaction() as tx:
            id_, now = uuid4(), await tx.now()
            asked = (AskedField(key="oven", kind="choice", options=("gas", "electric")),)
            told: dict[str, Any] = {"item": UUID(await self.item()), "text": "Which oven?", "people": ("sam",)}
            kept = Kept(id=id_, execution=id_, round=1, asked=asked, asked_at=now, **told)
            await stored_questions.add(tx, kept)
        return str(id_)

    async def simulation(self) -> str:
        """Simulate a day long ago."""
        asked = {
            "pipeline": "deal/retail",
            "rules": "published",
            "from": "2026-03-01T00:00Z",
            "to": "2026-03-02T00:00Z",
        }
        return str((await self.crm.ann.post("/v1/simulations", json=asked)).json()["id"])

    async def signal(self) -> str:
        id_ = uuid4()
        async with self.crm.process.database.transaction() as tx:
            now = await tx.now()
            signal = Signal(id=id_, kind="form.submitted", source="site", happened_at=now)
            command = ApplySignal(signal=signal, config=1).model_dump(mode="json")
            decided = Decided(id_, signal.kind, signal.source, "", now, "held", (), causation=id_, held=command)
            await stored_signals.keep(tx, decided)
        return str(id_)

    async def loop(self) -> str:
        """Give a chain of causes that was stopped at an item."""
        item, id_ = UUID(await self.item()), uuid4()
        async with self.crm.process.database.transaction() as tx:
            now = await tx.now()
            told = (("deal/retail", "documents"), 1, 3, "it returned 10 times", "rule greet", now, now)
            await stored_loops.stop(tx, Loop(id_, "returns", item, uuid4(), *told))
        return str(id_)

    async def notice(self) -> str:
        """Give a notice of the reader's."""
        id_ = uuid4()
        async with self.crm.process.database.transaction() as tx:
            await stored_notices.add(tx, Notice(id_, self.reader, None, "Call", "automation", await tx.now()))
        return str(id_)

    async def job(self) -> str:
        async with self.crm.process.database.transaction() as tx:
            job = await working.start(tx, bulk.KIND, {}, Principal("user:mia"))
        return str(job.id)

    async def file(self) -> str:
        answer = await self.crm.ann.post("/v1/files", content=b"title\nOak\n", headers={"Content-Type": "text/csv"})
        return str(answer.json()["hash"])

    async def document(self) -> str:
        """Give the token of a document's link."""
        return str((await self._paper())["token"])

    async def paper(self) -> str:
        """Give a document of the item."""
        return str((await self._paper())["id"])

    async def _paper(self) -> dict[str, Any]:
        item = self.made["item"] = self.made.get("item") or await self.item()
        body = {"id": str(uuid4()), "item": item, "template": "contract", "file": await self.file()}
        answer = await self.crm.worker.post("/v1/documents", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def post(self) -> str:
        """Give a post on the item's stream: Sam's, or the reader's own where that is Ann."""
        author = "ann" if self.reader == "ann" else "sam"
        item = self.made["item"] = self.made.get("item") or await self.item()
        async with self.crm.process.database.transaction() as tx:
            at = await tx.now()
            post = Post(id=uuid4(), item=UUID(item), text="Sold", author=author, sender=author, at=at)
            await stored_feed.add(tx, post)
        return str(post.id)

    async def comment(self) -> str:
        """Give a comment to the post, by who posted it."""
        author = "ann" if self.reader == "ann" else "sam"
        post = self.made["post"] = self.made.get("post") or await self.post()
        async with self.crm.process.database.transaction() as tx:
            said = Comment(id=uuid4(), post=UUID(post), text="Thanks", author=author, at=await tx.now())
            await stored_feed.comment(tx, said)
        return str(said.id)

    async def resource(self) -> str:
        """Give a resource that nobody has booked."""
        id_ = f"r{uuid4().hex[:8]}"
        answer = await self.crm.ann.put(f"/v1/config/resource/{id_}", json={})
        assert answer.status_code == 200, answer.text
        return id_

    async def booking(self) -> str:
        """Give a booking for the item."""
        item = self.made["item"] = self.made.get("item") or await self.item()
        time = {"starts_at": "2030-03-05T10:00Z", "ends_at": "2030-03-05T11:00Z"}
        return str((await self.crm.made("/v1/bookings", resource=await self.resource(), item=item, **time))["id"])

    async def template(self) -> str:
        """Give a template, in a company that has an address."""
        body = {"file": await self.file()}
        for path, record in (("template/sold", body), ("portal/portal", {"public_url": "https://crm.example"})):
            answer = await self.crm.ann.put(f"/v1/config/{path}", json=record)
            assert answer.status_code == 200, answer.text
        return "sold"
