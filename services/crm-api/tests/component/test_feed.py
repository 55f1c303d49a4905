"""Posts on the streams of items and of the company: who reads them, who is named, who may edit them."""

from typing import Any

import pytest
from contracts.commands import PostToFeed
from contracts.ids import derived
from crm_api.testing.company import Company
from crm_api.testing.rules import Rules


async def said(client: Any, method: str, path: str, **body: Any) -> Any:
    answer = await client.request(method, path, json=body or None)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


@pytest.mark.req("G2")
async def test_a_post_of_an_item_is_read_by_its_readers_and_by_those_for_whom_it_is(company: Company) -> None:
    item = await company.deal("sam", title="Oak table")
    sam, olaf, ivo = [await company.sign_in(one) for one in ("sam", "olaf", "ivo")]
    path = f"/v1/items/{item}/feed"
    own = await said(sam, "POST", path, text="Only for readers")
    for_olaf = await said(sam, "POST", path, text="For Olaf", people=["olaf"])
    assert own["author"] == "sam"
    assert [one["id"] for one in (await said(sam, "GET", path))["posts"]] == [for_olaf["id"], own["id"]]
    assert [one["id"] for one in (await said(olaf, "GET", path))["posts"]] == [for_olaf["id"]]
    assert [one["id"] for one in (await said(olaf, "GET", "/v1/feed"))["posts"]] == [for_olaf["id"]]
    assert (await ivo.get(path)).status_code == 404
    assert (await ivo.get(f"/v1/feed/{for_olaf['id']}")).status_code == 404
    assert (await olaf.post(path, json={"text": "I may not see the item"})).status_code == 404


@pytest.mark.req("G2")
async def test_who_is_named_in_a_post_or_comment_gets_one_notice_and_may_read_it(company: Company) -> None:
    item = await company.deal("sam", title="Oak table")
    sam, olaf, ivo = [await company.sign_in(one) for one in ("sam", "olaf", "ivo")]
    text = "Packed, @olaf. Thanks @olaf and @sam, write to me@ivo.example and @nobody."
    post = await said(sam, "POST", f"/v1/items/{item}/feed", text=text)
    [notice] = (await said(olaf, "GET", "/v1/notices"))["notices"]
    assert (notice["item"], notice["text"]) == (item, text)
    for client in (sam, ivo):
        assert (await said(client, "GET", "/v1/notices"))["notices"] == []
    await said(sam, "PATCH", f"/v1/feed/{post['id']}", text="Packed, @olaf and @ivo")
    assert len((await said(olaf, "GET", "/v1/notices"))["notices"]) == 1
    assert len((await said(ivo, "GET", "/v1/notices"))["notices"]) == 1
    comment = await said(ivo, "POST", f"/v1/feed/{post['id']}/comments", text="Well done, @olaf")
    assert len((await said(olaf, "GET", "/v1/notices"))["notices"]) == 2
    shown = await said(olaf, "GET", f"/v1/feed/{post['id']}")
    assert (shown["comments"], shown["text"]) == (1, "Packed, @olaf and @ivo")
    assert (await said(olaf, "GET", f"/v1/feed/{post['id']}/comments"))["comments"] == [comment]


@pytest.mark.req("G2")
async def test_only_who_wrote_it_edits_and_what_is_deleted_is_seen_by_nobody_and_kept(company: Company) -> None:
    sam, olaf, ada = [await company.sign_in(one) for one in ("sam", "olaf", "ada")]
    post = await said(sam, "POST", "/v1/feed", text="Good morning", everyone=True)
    path = f"/v1/feed/{post['id']}"
    comment = await said(olaf, "POST", f"{path}/comments", text="Morning")
    assert (await olaf.patch(path, json={"text": "Bad"})).status_code == 403
    assert (await ada.patch(path, json={"text": "Bad"})).status_code == 403
    assert (await sam.delete(f"/v1/feed/comments/{comment['id']}")).status_code == 403
    edited = await said(olaf, "PATCH", f"/v1/feed/comments/{comment['id']}", text="Good morning!")
    assert edited["edited_at"]
    await said(ada, "DELETE", f"/v1/feed/comments/{comment['id']}")
    assert (await said(sam, "GET", f"{path}/comments"))["comments"] == []
    await said(sam, "DELETE", path)
    assert (await sam.get(path)).status_code == 404
    assert (await said(olaf, "GET", "/v1/feed"))["posts"] == []
    assert [row["text"] for row in await company.crm.fetch("SELECT text FROM feed_post")] == ["Good morning"]


async def test_posts_come_in_parts_the_newest_first(company: Company) -> None:
    sam = await company.sign_in("sam")
    made = [(await said(sam, "POST", "/v1/feed", text=str(n)))["id"] for n in range(5)]
    found, after = [], ""
    while after is not None:
        part = await said(sam, "GET", f"/v1/feed?limit=2&after={after.replace('+', '%2B')}")
        found += [one["id"] for one in part["posts"]]
        after = part["next"]
    assert found == made[::-1]


async def test_a_post_that_cannot_be_is_refused_by_its_field(crm: Any) -> None:
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"text": ""}, "text"),
        ({"text": "x", "people": ["nobody"]}, "people"),
        ({"text": "x", "departments": ["nowhere"]}, "departments"),
        ({"text": "x", "to": "ann"}, "to"),
    )
    for body, field in refused:
        answer = await crm.ann.post("/v1/feed", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.req("G2")
async def test_a_rule_posts_once_for_each_round_in_somebodys_name(rules: Rules) -> None:
    deal = await rules.crm.deal(title="Oak table")
    told = {"text": "Sold. @ann, pack it", "people": ("ann",), "author": "", "sender": "Sold"}
    command = PostToFeed(**rules.common(deal), **told)
    await rules.send(command, command)
    answers = await rules.answers(command, 2)
    post = str(derived("feed-post", command.execution, 1))
    assert [one.results for one in answers] == [{"post": post}] * 2
    [shown] = (await said(rules.crm.ann, "GET", f"/v1/items/{deal['id']}/feed"))["posts"]
    assert (shown["id"], shown["sender"], shown["author"], shown["people"]) == (post, "Sold", "", ["ann"])
    assert len((await said(rules.crm.ann, "GET", "/v1/notices"))["notices"]) == 1


async def test_an_erased_client_is_in_no_post_or_comment(crm: Any) -> None:
    fields = {"name": "Zenobia Quick", "phone": "+351912345678"}
    contact = await crm.made("/v1/items", type="contact", title="Zenobia Quick", fields=fields)
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    deal = await crm.deal(links=[link])
    post = await crm.made(f"/v1/items/{deal['id']}/feed", text="Zenobia Quick called from +351912345678")
    await crm.made(f"/v1/feed/{post['id']}/comments", text="Zenobia Quick again")
    await said(crm.ann, "POST", f"/v1/items/{contact['id']}/erase")
    rows = await crm.fetch("SELECT text FROM feed_post UNION ALL SELECT text FROM feed_comment")
    assert [row["text"] for row in rows if "Zenobia" in row["text"] or "912345678" in row["text"]] == []
