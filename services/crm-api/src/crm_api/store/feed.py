"""Posts and comments of feeds."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction

from crm_api.access.rights import Reach
from crm_api.feed.posts import Comment, Post
from crm_api.store.rights import allowed

COMMENTS = "(SELECT count(*) FROM feed_comment c WHERE c.post = p.id AND c.deleted_at IS NULL) AS comments"
COLUMNS = f"p.id, p.item, p.text, p.author, p.sender, p.people, p.everyone, p.at, p.edited_at, {COMMENTS}"
ADD = (
    "INSERT INTO feed_post (id, item, text, author, sender, people, everyone, at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING id"
)
# Somebody reads what is for them or all, what they wrote, and what stands at an item that they may read.
MINE = "(p.everyone OR p.author = $1 OR p.people @> ARRAY[$1])"
READABLE = f"({MINE} OR EXISTS (SELECT FROM item i WHERE i.id = p.item AND {{}}))"
LOAD = f"SELECT {COLUMNS} FROM feed_post p WHERE p.id = $2 AND p.deleted_at IS NULL AND {READABLE.format(allowed(3))}"
PART = f"SELECT {COLUMNS} FROM feed_post p WHERE p.deleted_at IS NULL AND (p.at, p.id) < ($2, $3)"
OWN = f"{PART} AND {MINE} ORDER BY p.at DESC, p.id DESC LIMIT $4"
OF_ITEM = f"{PART} AND p.item = $5 AND {READABLE.format(allowed(6))} ORDER BY p.at DESC, p.id DESC LIMIT $4"
EDIT = "UPDATE feed_post SET text = $2, edited_at = $3 WHERE id = $1"
DELETE = "UPDATE feed_post SET deleted_at = $2 WHERE id = $1"
NAME = "UPDATE feed_post SET people = people || $2::text[] WHERE id = $1"
SAID = "id, post, text, author, at, edited_at"
ADD_COMMENT = "INSERT INTO feed_comment (id, post, text, author, at) VALUES ($1, $2, $3, $4, $5)"
LOAD_COMMENT = f"SELECT {SAID} FROM feed_comment WHERE id = $1 AND deleted_at IS NULL"
OF_POST = (
    f"SELECT {SAID} FROM feed_comment WHERE post = $1 AND deleted_at IS NULL AND (at, id) > ($2, $3)"
    " ORDER BY at, id LIMIT $4"
)
EDIT_COMMENT = "UPDATE feed_comment SET text = $2, edited_at = $3 WHERE id = $1"
DELETE_COMMENT = "UPDATE feed_comment SET deleted_at = $2 WHERE id = $1"
TEXTS = "SELECT id, text FROM feed_post WHERE item = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
COMMENT_TEXTS = (
    "SELECT c.id, c.text FROM feed_comment c JOIN feed_post p ON p.id = c.post WHERE p.item = ANY($1::uuid[])"
    " ORDER BY c.id FOR UPDATE OF c"
)
REWRITE = "UPDATE feed_post AS p SET text = u.t FROM unnest($1::uuid[], $2::text[]) AS u(i, t) WHERE p.id = u.i"
REWRITE_COMMENTS = (
    "UPDATE feed_comment AS c SET text = u.t FROM unnest($1::uuid[], $2::text[]) AS u(i, t) WHERE c.id = u.i"
)
Place = tuple[datetime, UUID]


async def add(tx: Transaction, post: Post) -> bool:
    """Add a post; gives False for an id that is there already."""
    p = post
    return await tx.fetchval(ADD, p.id, p.item, p.text, p.author, p.sender, p.people, p.everyone, p.at) is not None


async def load(tx: Transaction, id_: UUID, person: str, reach: Reach) -> Post | None:
    """Load a post that somebody may read."""
    row = await tx.fetchrow(LOAD, person, id_, *reach.values)
    return None if row is None else Post.model_validate(dict(row))


async def own(tx: Transaction, person: str, before: Place, limit: int) -> list[Post]:
    """Give a part of the posts that are for somebody or all, or by them, the newest first."""
    return [Post.model_validate(dict(row)) for row in await tx.fetch(OWN, person, *before, limit)]


async def of_item(tx: Transaction, item: UUID, person: str, reach: Reach, *, before: Place, limit: int) -> list[Post]:
    """Give a part of an item's posts, the newest first: all where it is within reach, else those for somebody."""
    rows = await tx.fetch(OF_ITEM, person, *before, limit, item, *reach.values)
    return [Post.model_validate(dict(row)) for row in rows]


async def edit(tx: Transaction, id_: UUID, text: str, at: datetime) -> None:
    """Write another text of a post."""
    await tx.execute(EDIT, id_, text, at)


async def delete(tx: Transaction, id_: UUID, at: datetime) -> None:
    """Let a post be seen no more."""
    await tx.execute(DELETE, id_, at)


async def name(tx: Transaction, id_: UUID, people: Collection[str]) -> None:
    """Let more people read a post."""
    if people:
        await tx.execute(NAME, id_, list(people))


async def comment(tx: Transaction, said: Comment) -> None:
    """Add a comment."""
    await tx.execute(ADD_COMMENT, said.id, said.post, said.text, said.author, said.at)


async def load_comment(tx: Transaction, id_: UUID) -> Comment | None:
    """Load a comment."""
    row = await tx.fetchrow(LOAD_COMMENT, id_)
    return None if row is None else Comment.model_validate(dict(row))


async def comments(tx: Transaction, post: UUID, after: Place, limit: int) -> list[Comment]:
    """Give a part of the comments to a post, oldest first."""
    return [Comment.model_validate(dict(row)) for row in await tx.fetch(OF_POST, post, *after, limit)]


async def edit_comment(tx: Transaction, id_: UUID, text: str, at: datetime) -> None:
    """Write another text of a comment."""
    await tx.execute(EDIT_COMMENT, id_, text, at)


async def delete_comment(tx: Transaction, id_: UUID, at: datetime) -> None:
    """Let a comment be seen no more."""
    await tx.execute(DELETE_COMMENT, id_, at)


async def texts(tx: Transaction, items: Collection[UUID]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Lock the posts about items and the comments to them, deleted ones too."""
    posts = [dict(row) for row in await tx.fetch(TEXTS, list(items))]
    return posts, [dict(row) for row in await tx.fetch(COMMENT_TEXTS, list(items))]


async def rewrite(tx: Transaction, posts: Sequence[tuple[UUID, str]], comments_: Sequence[tuple[UUID, str]]) -> None:
    """Write other texts of posts and comments."""
    for statement, rows in ((REWRITE, posts), (REWRITE_COMMENTS, comments_)):
        if rows:
            await tx.execute(statement, *zip(*rows, strict=True))
