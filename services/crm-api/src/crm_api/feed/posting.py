"""A post or comment is kept, and whoever is named in it hears of it."""

from collections.abc import Collection
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.commands import PostToFeed
from contracts.ids import derived

from crm_api.feed.posts import Comment, Post, active, named
from crm_api.notices import Notice
from crm_api.record.changing import Changes
from crm_api.store import feed as store
from crm_api.store import notices as stored_notices

LONGEST_NOTICE = 500


async def post(tx: Transaction, wanted: Post, knowledge: Knowledge) -> Post:
    """Keep a post, once by its id; who is named in it may read it, and gets a notice."""
    mentioned = named(wanted.text, knowledge)
    people = active((*wanted.people, *mentioned), knowledge)
    whole = wanted.model_copy(update={"people": people})
    if await store.add(tx, whole):
        await tell(tx, mentioned, whole, whole.item, wanted.sender)
    return whole


async def edit(tx: Transaction, before: Post, text: str, knowledge: Knowledge) -> Post:
    """Write another text of a post; only who is named anew hears of it."""
    fresh = [one for one in named(text, knowledge) if one not in named(before.text, knowledge)]
    now = await tx.now()
    people = [one for one in fresh if one not in before.people]
    after = before.model_copy(update={"text": text, "edited_at": now, "people": (*before.people, *people)})
    await store.edit(tx, before.id, text, now)
    await store.name(tx, before.id, people)
    await tell(tx, fresh, after, before.item, before.sender)
    return after


async def comment(tx: Transaction, said: Comment, to: Post, sender: str, knowledge: Knowledge) -> None:
    """Keep a comment; who is named in it may read the post, and gets a notice."""
    mentioned = named(said.text, knowledge)
    await store.comment(tx, said)
    await store.name(tx, to.id, [one for one in mentioned if one not in to.people])
    await tell(tx, mentioned, said, to.item, sender)


async def tell(tx: Transaction, people: Collection[str], what: Post | Comment, item: UUID | None, sender: str) -> None:
    """Tell people that they are named, once for each post or comment; nobody hears of themselves."""
    now = await tx.now()
    text = what.text if len(what.text) <= LONGEST_NOTICE else f"{what.text[:LONGEST_NOTICE]}…"
    for person in people:
        if person != what.author:
            id_ = derived("named-in-feed", what.id, person)
            await stored_notices.add(tx, Notice(id_, person, item, text, sender, now))


async def by_rule(changes: Changes, command: PostToFeed) -> UUID:
    """Post what a rule says to an item's stream, once for each round; gives the post's id."""
    wanted = Post(
        id=derived("feed-post", command.execution, command.round),
        item=command.item,
        text=command.text,
        author=command.author,
        sender=command.sender,
        people=command.people,
        everyone=command.everyone,
        at=changes.now,
    )
    await post(changes.tx, wanted, changes.knowledge)
    return wanted.id
