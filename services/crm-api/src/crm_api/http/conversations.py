"""Conversations over HTTP: read by whoever may read one of their items, answered by whoever may change one."""

from typing import Annotated
from uuid import UUID

from chassis.database import Transaction
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.data import JsonObject
from contracts.people import ItemAction
from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from crm_api.access.rights import Forbidden
from crm_api.chats import answering
from crm_api.chats.conversation import LONGEST_ANSWER, ChatMessage, Conversation
from crm_api.http.addresses import ITEM, ConversationId, ItemId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.record.presence import readable
from crm_api.store import chats as store

router = APIRouter(prefix="/v1", tags=["conversations"])
EXAMPLE: JsonObject = {"text": "Yes, we have it in oak. Shall I put it aside for you?"}
Unanswered = Annotated[bool, Query(description="Only those in which a client waits for an answer.")]
OfItem = Annotated[UUID | None, Query(description="An item or contact; left out: all.", examples=[ITEM])]


class Conversations(Body):
    """A part of the conversations, oldest first; `next` is what to send as `after` for the following part."""

    conversations: list[Conversation]
    next: str | None


class Messages(Body):
    """A part of the messages, in their order; `next` is what to send as `after` for the following part."""

    messages: list[ChatMessage]
    next: str | None


class NewMessage(Body):
    """What to answer; with an `id` of your own a second time sends nothing new."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: UUID | None = None
    text: str = Field(min_length=1, max_length=LONGEST_ANSWER)


@router.get("/conversations")
async def listing(
    request: ByPerson, item: OfItem = None, *, unanswered: Unanswered = False, after: str = "", limit: Limit = 100
) -> Conversations:
    """Give the conversations about items that the caller may read."""
    async with request.transaction() as tx:
        return await part(tx, request, item, unanswered=unanswered, after=after, limit=limit)


@router.get("/items/{item_id}/conversations", name="of-item")
async def of_item(item_id: ItemId, request: ByPerson, after: str = "", limit: Limit = 100) -> Conversations:
    """Give the conversations about an item, or with a contact."""
    async with request.transaction() as tx:
        await readable(tx, item_id, request.rights, deleted=True)
        return await part(tx, request, item_id, unanswered=False, after=after, limit=limit)


@router.get("/conversations/{conversation_id}", name="read")
async def one(conversation_id: ConversationId, request: ByPerson) -> Conversation:
    """Give a conversation."""
    async with request.transaction() as tx:
        return await within(tx, request, conversation_id, "read")


@router.get("/conversations/{conversation_id}/messages", name="messages")
async def messages(conversation_id: ConversationId, request: ByPerson, after: str = "", limit: Limit = 100) -> Messages:
    """Give the messages of a conversation, in their order."""
    async with request.transaction() as tx:
        await within(tx, request, conversation_id, "read")
        found = await store.messages(tx, conversation_id, cursor(after), limit)
    return Messages(messages=found, next=follows([{"at": m.at, "id": m.id} for m in found], "at", limit))


@router.post("/conversations/{conversation_id}/messages", status_code=202)
async def answer(conversation_id: ConversationId, body: NewMessage, request: ByPerson) -> ChatMessage:
    """Answer the client in their chat; `state` says later what became of it."""
    async with request.transaction() as tx:
        conversation = await within(tx, request, conversation_id, "change")
        message = ChatMessage(
            id=body.id or new_id(),
            conversation=conversation.id,
            way="out",
            at=await tx.now(),
            author=request.rights.person,
            text=body.text,
            state="planned",
        )
        made = await answering.answer(tx, conversation, message, agent(request, conversation))
    if made.conversation != conversation_id:
        raise Problem(409, "This id is taken", detail="a message in another conversation has it; send another one")
    return made


@router.post("/conversations/{conversation_id}/accept")
async def accept(conversation_id: ConversationId, request: ByPerson) -> Conversation:
    """Take care of a conversation, which tells how long the client has waited; a second time changes nothing."""
    async with request.transaction() as tx:
        conversation = await within(tx, request, conversation_id, "change")
        try:
            return await answering.accept(tx, conversation, agent(request, conversation))
        except answering.Taken as error:
            raise Problem(409, "Somebody else was faster", detail=str(error)) from None


async def part(
    tx: Transaction, request: Asked, item: UUID | None, *, unanswered: bool, after: str, limit: int
) -> Conversations:
    """Give a part of the conversations that the caller may read."""
    reach = request.rights.reach("read")
    found = await store.part(tx, reach, item, unanswered=unanswered, after=cursor(after), limit=limit)
    last = [{"at": c.began_at, "id": c.id} for c in found]
    return Conversations(conversations=found, next=follows(last, "at", limit))


async def within(tx: Transaction, request: Asked, id_: UUID, action: ItemAction) -> Conversation:
    """Give a conversation with which the caller may do this; raises a 404 problem, or `Forbidden`."""
    found = await store.within(tx, id_, request.rights.reach("read"))
    if found is None:
        raise Problem(404, "There is no such conversation", detail=f"you see no conversation {id_}")
    if action != "read" and await store.within(tx, id_, request.rights.reach(action)) is None:
        raise Forbidden("answer in", f"conversation {id_}")
    return found


def agent(request: Asked, conversation: Conversation) -> answering.Agent:
    """Give who acts, and on what road."""
    hashed = (request.sealer.identity("chat", conversation.chat),) if request.sealer else ()
    rights = request.rights
    return answering.Agent(rights.person, request.process.outbox, request.cause, request.knowledge, hashed)
