"""What people send that cannot be: each is refused by its field with the way to mend it, and nothing is kept."""

import base64
from collections.abc import Callable
from string import Template
from typing import Any
from uuid import uuid4

import httpx

Json = dict[str, Any]
SMALL = '{"field": "size", "empty": true}'
NAMED = {"hash": "0" * 64, "long": "x" * 101, "small": SMALL, "dawn": "0001-01-01T00:00:00", "van": '"resource": "van"'}
# The field that is refused, and the request.
WRONG = """
    automation       POST  /v1/items/$deal/move  {"stage": "paid", "automation": "off"}
    stage            POST  /v1/items/$deal/move  {"version": 1}
    stage            POST  /v1/items/$deal/move  {"stage": 5}
    version          POST  /v1/items/$deal/move  {"stage": "paid", "version": "last"}
    stage            POST  /v1/items/$contact/move  {"stage": "new"}
    stage            POST  /v1/items/moves  {"items": ["$deal", "$contact"], "stage": "paid"}
    items            POST  /v1/items/moves  {"items": [], "stage": "paid"}
    items.1          POST  /v1/items/moves  {"items": ["$deal", "last"], "stage": "paid"}
    items            POST  /v1/items/assignments  {"items": [], "to": "ann"}
    to               POST  /v1/items/assignments  {"items": ["$deal"], "to": "zoe"}
    to               POST  /v1/items/$deal/assign  {}
    item_id          GET   /v1/items/last
    fields           PATCH /v1/items/$deal  {}
    fields.stage     PATCH /v1/items/$deal  {"fields": {"stage": "paid"}}
    fields.links     PATCH /v1/items/$deal  {"fields": {"links": []}}
    title            PATCH /v1/items/$deal  {"fields": {"title": null}}
    responsible      PATCH /v1/items/$deal  {"fields": {"responsible": ""}}
    version          DELETE /v1/items/$deal?version=last
    links.0.role     POST  /v1/items/$deal/links  {"role": "Contact", "type": "contact", "id": "$contact"}
    links.0.type     POST  /v1/items/$deal/links  {"role": "contact", "type": "invoice", "id": "$contact"}
    links.0.id       POST  /v1/items/$deal/links  {"role": "contact", "type": "contact", "id": "$nobody"}
    links.0.id       POST  /v1/items/$contact/links  {"role": "twin", "type": "contact", "id": "$contact"}
    id               POST  /v1/items/$deal/links  {"role": "contact", "type": "contact"}
    to               POST  /v1/items/$deal/conversions  {"pipeline": "invoice/plain"}
    type             POST  /v1/items/$deal/conversions  {"to": "yacht"}
    stage            POST  /v1/items/$deal/conversions  {"to": "contact", "stage": "new"}
    fields.amount    POST  /v1/items/$deal/conversions  {"to": "invoice", "pipeline": "invoice/plain"}
    targets          POST  /v1/items/$deal/conversions/together  {"targets": []}
    other            POST  /v1/items/$contact/merge  {"other": "last"}
    keep.title       POST  /v1/items/$contact/merge  {"other": "$deal", "keep": {"title": "mine"}}
    after            GET   /v1/items/$deal/history?after=first
    type             GET   /v1/items?sort=title
    type             GET   /v1/items?search=oak
    sort             GET   /v1/items?type=deal&sort=-
    stage            GET   /v1/items?type=deal&stage=new&sort=title
    pipeline         GET   /v1/items?type=invoice&pipeline=deal/retail&sort=title
    colour           GET   /v1/items?colour=red
    type             POST  /v1/items/search  {}
    sort.field       POST  /v1/items/search  {"type": "deal", "sort": {"field": "-title"}}
    sort.descending  POST  /v1/items/search  {"type": "deal", "sort": {"descending": "perhaps"}}
    all.0.colour     POST  /v1/items/search  {"type": "deal", "all": [{"field": "title", "colour": "red"}]}
    all.0.in         POST  /v1/items/search  {"type": "deal", "all": [{"field": "size", "in": "S"}]}
    all.0.empty      POST  /v1/items/search  {"type": "deal", "all": [{"field": "size", "empty": "perhaps"}]}
    all.1            POST  /v1/items/search  {"type": "deal", "all": [$small, {"field": "size"}]}
    columns          POST  /v1/items/search  {"type": "deal", "columns": "title"}
    sort             GET   /v1/pipelines/deal/retail/board?sort=colour
    search           GET   /v1/pipelines/deal/retail/board?search=%21
    after            GET   /v1/pipelines/deal/retail/board/new?after=first
    format           POST  /v1/exports  {"type": "deal", "format": "pdf"}
    sort             POST  /v1/exports  {"type": "deal", "sort": "colour"}
    all.0.greater    POST  /v1/exports  {"type": "deal", "all": [{"field": "amount", "greater": "1"}]}
    columns.0        POST  /v1/exports  {"type": "deal", "columns": ["$long$long"]}
    type             POST  /v1/imports/preview  {"file": "$hash", "type": "boat"}
    file             POST  /v1/imports/preview  {"file": "$hash", "type": "deal"}
    file             POST  /v1/imports/preview  {"type": "deal"}
    state            GET   /v1/executions
    due_before       GET   /v1/executions?state=failed&due_before=2026-01-01T00:00:00
    item             GET   /v1/executions/counts?item=last
    where.rule_set   POST  /v1/executions/retry  {"where": {"rule_set": -1}}
    where.due_after  POST  /v1/executions/retry  {"where": {"due_after": "soon"}}
    where.colour     POST  /v1/executions/retry  {"where": {"colour": "red"}}
    sent             POST  /v1/executions/confirm  {"where": {"state": "uncertain"}}
    status           GET   /v1/tasks?status=asleep
    item             GET   /v1/tasks?item=last
    from             GET   /v1/activities?from=2026-01-01T00:00:00
    from             GET   /v1/activities?from=1500-01-01T00:00:00Z
    to               GET   /v1/activities?to=3000-01-01T00:00:00Z
    subject          POST  /v1/activities  {"item": "$deal", "kind": "call", "starts_at": "2026-12-01T10:00:00Z"}
    text             POST  /v1/reminders  {"at": "2026-12-01T10:00:00Z"}
    at               POST  /v1/reminders  {"text": "Pay", "at": "$dawn+14:00"}
    from             GET   /v1/people/ann/busy?to=2026-12-01T00:00Z
    from             GET   /v1/people/ann/busy?from=9999-12-31T00:00Z&to=9999-12-31T12:00Z
    to               GET   /v1/people/ann/busy?from=2199-12-31T00:00Z&to=2200-01-02T00:00Z
    resource_id      GET   /v1/resources/boat/free?day=2030-03-05
    day              GET   /v1/resources/van/free?day=2030-02-30
    day              GET   /v1/resources/van/free?day=9999-12-31
    since            GET   /v1/resources/van/bookings?since=$dawn%2B14:00&until=0001-02-01T00:00:00Z
    until            GET   /v1/resources/van/bookings?since=2199-12-31T00:00:00Z&until=2200-01-02T00:00:00Z
    after            GET   /v1/resources/van/bookings?since=2030-01-02T00:00Z&until=2030-01-03T00:00Z&after=first
    limit            GET   /v1/resources/van/bookings?since=2030-01-02T00:00Z&until=2030-01-03T00:00Z&limit=1001
    until            GET   /v1/resources/van/bookings?since=2030-01-02T00:00:00Z&until=2030-01-02T00:00:00Z
    starts_at        POST  /v1/bookings  {$van, "item": "$deal", "starts_at": "$dawn+14:00", "ends_at": "${dawn}Z"}
    q                GET   /v1/products?q=$long
    after            GET   /v1/products?after=first
    name             POST  /v1/products  {"sku": "A", "price": "1 EUR"}
    price            POST  /v1/products  {"sku": "A", "name": "A", "price": "-1 EUR"}
    price            POST  /v1/products  {"sku": "A", "name": "A", "price": "1 euro"}
    tax              POST  /v1/products  {"sku": "A", "name": "A", "price": "1 EUR", "tax": "100.1"}
    state            GET   /v1/jobs?state=odd
    before           GET   /v1/jobs?before=first
"""


async def things(crm: Any) -> dict[str, str]:
    """Give what the requests name."""
    assert (await crm.ann.put("/v1/config/resource/van", json={})).status_code == 200
    deal, contact = await crm.deal(title="Oak"), await crm.made("/v1/items", type="contact", title="Ana")
    return {**NAMED, "deal": deal["id"], "contact": contact["id"], "nobody": str(uuid4())}


def fields(answer: httpx.Response) -> list[str]:
    """Give the fields that an answer refuses, each with the way to mend it."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    errors = answer.json()["errors"]
    assert all(error["problem"] and error["fix"] for error in errors), errors
    return [error["field"] for error in errors]


async def test_each_bad_request_is_refused_by_its_field_with_the_fix_and_changes_nothing(crm: Any) -> None:
    named = await things(crm)
    for line in Template(WRONG).substitute(named).strip().splitlines():
        field, method, path, *body = line.split(maxsplit=3)
        headers = {"Content-Type": "application/json"}
        answer = await crm.ann.request(method, path, content="".join(body), headers=headers)
        assert (answer.status_code, fields(answer)) == (422, [field]), (line, answer.text)
    [versions] = await crm.fetch("SELECT array_agg(version) AS of FROM item")
    assert versions["of"] == [1, 1]
    for table in ("product", "booking", "activity", "reminder", "job"):
        assert await crm.fetch(f"SELECT FROM {table}") == [], table


async def test_what_is_too_many_at_once_is_refused_and_the_most_is_not(crm: Any) -> None:
    deal = (await crm.deal())["id"]
    target, nobody = {"to": "deal", "pipeline": "deal/retail"}, str(uuid4())
    cases: list[tuple[str, int, Callable[[int], Json], str]] = [
        ("items/moves", 100, lambda n: {"items": [deal] * n, "stage": "new"}, "items"),
        ("items/assignments", 100, lambda n: {"items": [deal] * n, "to": "ann"}, "items"),
        ("items/search", 100, lambda n: {"type": "deal", "columns": ["title"] * n}, "columns"),
        ("items/search", 1000, lambda n: {"type": "deal", "limit": n}, "limit"),
        ("executions/cancel", 500, lambda n: {"ids": [nobody] * n}, "ids"),
        ("executions/cancel", 1000, lambda n: {"ids": [nobody], "reason": "x" * n}, "reason"),
        (f"items/{deal}/conversions/together", 10, lambda n: {"targets": [target] * n}, "targets"),
    ]
    for path, most, body, field in cases:
        answer = await crm.ann.post(f"/v1/{path}", json=body(most + 1))
        assert (answer.status_code, fields(answer)) == (422, [field]), path
        assert (await crm.ann.post(f"/v1/{path}", json=body(most))).is_success, path


UNKEPT = [
    ("items", rb'{"type": "deal", "pipeline": "deal/retail", "title": "\ud800"}'),
    ("items", rb'{"type": "deal", "pipeline": "deal/retail", "fields": {"notes": "\udfff"}}'),
    ("items", rb'{"type": "deal", "pipeline": "deal/retail", "fields": {"\ud800": "x"}}'),
    ("items", rb'{"type": "deal", "pipeline": "deal/retail", "\ud800": "x"}'),
    ("items", rb'{"type": "deal\u0000"}'),
    ("items/search", rb'{"type": "deal", "search": "\ud800"}'),
    ("items/search", rb'{"type": "deal", "sort": {"field": "\ud800"}}'),
    ("items/search", rb'{"type": "deal", "columns": ["\ud800"]}'),
    ("items/search", rb'{"type": "deal", "pipeline": "\u0000"}'),
    ("items/search", rb'{"type": "deal", "all": [{"field": "title", "equals": "\ud800"}]}'),
    ("items/search", rb'{"type": "deal", "all": [{"field": "stage", "in": ["new", "\u0000"]}]}'),
    ("items/search", rb'{"type": "deal", "all": [{"field": "responsible", "equals": "\ud800"}]}'),
    ("exports", rb'{"type": "deal", "language": "\ud800"}'),
    ("products", rb'{"sku": "a\u0000", "name": "A", "price": "1 EUR"}'),
    ("reminders", rb'{"text": "a\u0000", "at": "2030-01-01T00:00:00Z"}'),
    ("executions/retry", rb'{"where": {"stage": "\u0000"}}'),
]


async def test_a_text_that_is_none_is_refused_wherever_it_stands_and_so_is_a_place_in_a_list(crm: Any) -> None:
    for path, body in UNKEPT:
        answer = await crm.ann.post(f"/v1/{path}", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, (body, answer.text)
        assert fields(answer), body
    for path in (
        "items?pipeline=%00",
        "items?after=%00/x",
        "products?q=%00",
        "activities?person=%00",
        "jobs?state=%00",
    ):
        answer = await crm.ann.get(f"/v1/{path}")
        assert (answer.status_code, len(fields(answer))) == (422, 1), path
    # Nor is a place in a list that nobody gave.
    deep = [b"[" * depth + b"]" * closed for depth in (20, 5_000) for closed in (0, depth)]
    for told in (*deep, b'["-id"]', b'["-id", null, 7]', b'[[], {}, "x"]', b"\xff"):
        after = base64.urlsafe_b64encode(told).decode()
        answer = await crm.ann.post("/v1/items/search", json={"type": "deal", "after": after})
        assert (answer.status_code, fields(answer)) == (422, ["after"]), told[:20]
