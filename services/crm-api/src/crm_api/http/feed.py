"""The feed over HTTP: posts of items and of the company, comments, and who may read and edit them."""

from datetime import UTC, datetime
from uuid import UUID

from chassis.database import Transaction
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.data import JsonObject
from fastapi import APIRouter
from pydantic import ConfigDict, Field

from crm_api.access.rights import WIDER, Forbidden
from crm_api.feed import posting
from crm_api.feed.posts import Comment, Post
from crm_api.fields import LONGEST_TEXT, FieldError
from crm_api.http.addresses import CommentId, ItemId, PostId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.record.presence import readable
from crm_api.store import feed as store

router = APIRouter(prefix="/v1", tags=["feed"])
EXAMPLE: JsonObject = {"text": "The oven is sold. @ann, please pack it.", "people": ["ann"]}
MOST_PEOPLE = 200
NEWEST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))


class NewPost(Body):
    """A post: who may read it beside those who may read the item; whoever is named (`@ann`) may, and hears of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    people: list[str] = Field(default_factory=list, max_length=MOST_PEOPLE)
    departments: list[str] = Field(default_factory=list, max_length=MOST_PEOPLE)
    everyone: bool = False


class NewText(Body):
    """What a post or a comment is to say."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Packed. Thanks, @ann!"}]})

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)


class Posts(Body):
    """A part of the posts, the newest first; `next` is what to send as `after` for the following part."""

    posts: list[Post]
    next: str | None

    @classmethod
    def of(cls, posts: list[Post], limit: int) -> "Posts":
        """Show a part."""
        return cls(posts=posts, next=follows([{"at": one.at, "id": one.id} for one in posts], "at", limit))


class Comments(Body):
    """A part of the comments to a post, oldest first; `next` is what to send as `after` for the following part."""

    comments: list[Comment]
    next: str | None


@router.post("/items/{item_id}/feed", status_code=201)
async def post_to_item(item_id: ItemId, body: NewPost, request: ByPerson) -> Post:
    """Post to the stream of an item that you may read."""
    async with request.transaction() as tx:
        await readable(tx, item_id, request.rights)
        return await posting.post(tx, await written(tx, body, item_id, request), request.knowledge)


@router.get("/items/{item_id}/feed")
async def of_item(item_id: ItemId, request: ByPerson, after: str = "", limit: Limit = 50) -> Posts:
    """Give the posts of an item: all to whoever may read it, to others those that are for them."""
    async with request.transaction() as tx:
        rights = request.rights
        reach = rights.reach("read")
        found = await store.of_item(tx, item_id, rights.person, reach, before=behind(after), limit=limit)
        # The end of a part that one may see is no other answer than an empty part.
        if not (found or after):
            await readable(tx, item_id, rights, deleted=True)
    return Posts.of(found, limit)


@router.post("/feed", status_code=201)
async def post(body: NewPost, request: ByPerson) -> Post:
    """Post to people of the company, about no item."""
    async with request.transaction() as tx:
        whole(request)
        return await posting.post(tx, await written(tx, body, None, request), request.knowledge)


@router.get("/feed")
async def listing(request: ByPerson, after: str = "", limit: Limit = 50) -> Posts:
    """Give the posts that are for the caller or for everyone, or by them."""
    async with request.transaction() as tx:
        found = await store.own(tx, request.rights.person, behind(after), limit)
    return Posts.of(found, limit)


@router.get("/feed/{post_id}", name="read")
async def one(post_id: PostId, request: ByPerson) -> Post:
    """Give a post that the caller may read."""
    async with request.transaction() as tx:
        return await seen(tx, post_id, request)


@router.patch("/feed/{post_id}")
async def edit(post_id: PostId, body: NewText, request: ByPerson) -> Post:
    """Write another text of a post of yours; who is named anew hears of it."""
    async with request.transaction() as tx:
        before = await seen(tx, post_id, request)
        own(before.author, request, "edit this post")
        return await posting.edit(tx, before, body.text, request.knowledge)


@router.delete("/feed/{post_id}", status_code=204)
async def delete(post_id: PostId, request: ByPerson) -> None:
    """Take a post of yours away, as an admin any; its comments are seen no more."""
    async with request.transaction() as tx:
        before = await seen(tx, post_id, request)
        own(before.author, request, "delete this post", admin=True)
        await store.delete(tx, post_id, await tx.now())


@router.get("/feed/{post_id}/comments")
async def comments(post_id: PostId, request: ByPerson, after: str = "", limit: Limit = 100) -> Comments:
    """Give the comments to a post."""
    async with request.transaction() as tx:
        await seen(tx, post_id, request)
        found = await store.comments(tx, post_id, cursor(after), limit)
    return Comments(comments=found, next=follows([{"at": c.at, "id": c.id} for c in found], "at", limit))


@router.post("/feed/{post_id}/comments", status_code=201)
async def comment(post_id: PostId, body: NewText, request: ByPerson) -> Comment:
    """Comment on a post that you may read; whoever is named may read the post from then on."""
    async with request.transaction() as tx:
        to = await seen(tx, post_id, request)
        whole(request)
        author = request.rights.person
        said = Comment(id=new_id(), post=to.id, text=body.text, author=author, at=await tx.now())
        await posting.comment(tx, said, to, name_of(author, request), request.knowledge)
    return said


@router.patch("/feed/comments/{comment_id}")
async def edit_comment(comment_id: CommentId, body: NewText, request: ByPerson) -> Comment:
    """Write another text of a comment of yours."""
    async with request.transaction() as tx:
        said = await heard(tx, comment_id, request)
        own(said.author, request, "edit this comment")
        now = await tx.now()
        await store.edit_comment(tx, comment_id, body.text, now)
    return said.model_copy(update={"text": body.text, "edited_at": now})


@router.delete("/feed/comments/{comment_id}", status_code=204)
async def delete_comment(comment_id: CommentId, request: ByPerson) -> None:
    """Take a comment of yours away, as an admin any."""
    async with request.transaction() as tx:
        said = await heard(tx, comment_id, request)
        own(said.author, request, "delete this comment", admin=True)
        await store.delete_comment(tx, comment_id, await tx.now())


async def written(tx: Transaction, body: NewPost, item: UUID | None, request: Asked) -> Post:
    """Give the post that somebody writes; raises `FieldError` for people whom nobody knows."""
    whole(request)
    knowledge = request.knowledge
    for field, names, known in (
        ("people", body.people, knowledge.people),
        ("departments", body.departments, knowledge.departments),
    ):
        if unknown := [name for name in names if name not in known]:
            raise FieldError(field, f"nobody knows {', '.join(unknown[:5])}", "send ids of those who are there")
    members = [p.id for p in knowledge.people.values() if p.department in body.departments]
    author = request.rights.person
    return Post(
        id=new_id(),
        item=item,
        text=body.text,
        author=author,
        sender=name_of(author, request),
        people=(*body.people, *members),
        everyone=body.everyone,
        at=await tx.now(),
    )


async def seen(tx: Transaction, post_id: UUID, request: Asked) -> Post:
    """Give a post that the caller may read; raises a 404 problem."""
    rights = request.rights
    found = await store.load(tx, post_id, rights.person, rights.reach("read"))
    if found is None:
        raise Problem(404, "There is no such post", detail=f"you may read no post {post_id}")
    return found


async def heard(tx: Transaction, comment_id: UUID, request: Asked) -> Comment:
    """Give a comment to a post that the caller may read; raises a 404 problem."""
    found = await store.load_comment(tx, comment_id)
    if found is None:
        raise Problem(404, "There is no such comment", detail=f"you may read no comment {comment_id}")
    await seen(tx, found.post, request)
    return found


def own(author: str, request: Asked, what: str, *, admin: bool = False) -> None:
    """Refuse what is left to who wrote it; raises `Forbidden`."""
    whole(request)
    rights = request.rights
    if author != rights.person and not (admin and rights.admin):
        raise Forbidden(what, fix="ask who wrote it")


def whole(request: Asked) -> None:
    """Refuse to write with a key that may only read; raises `Forbidden`."""
    if request.principal.scope is not None and not request.rights.reach("change").places:
        raise Forbidden("write with a key that may only read", fix=WIDER)


def name_of(person: str, request: Asked) -> str:
    """Give how somebody is called."""
    known = request.knowledge.people.get(person)
    return known.name if known else person


def behind(after: str) -> tuple[datetime, UUID]:
    """Read the place behind which a part begins, newest first."""
    return cursor(after) if after else NEWEST
