"""What nobody should send to the control room: each request is refused with its field and how to mend it, never 5xx."""

import json
from typing import Any
from uuid import uuid4

PIPELINE = "/v1/pipelines/deal/retail"
STAGE = f"{PIPELINE}/stages/new"
APPLY = f"{STAGE}/apply"
CALL = '{"create-task": {"to": "responsible", "title": "Call"}}'
NOTHING = str(uuid4())
LONG = "".join(str(uuid4()) for _ in range(90))
DEEP = '{"not": ' * 60 + "{}" + "}" * 60
HALF = r"\ud83d"
DAY = '"from": "2026-03-01T00:00Z", "to": "2026-03-02T00:00Z"'
DAWN = '"from": "0001-01-01T00:00+14:00", "to": "0001-01-02T00:00Z"'

# Method, path, body, status, field; a field that ends with a dot is the beginning of one.
Refused = tuple[str, str, str, int, str]


def rule(parts: str) -> str:
    return f'{{"stages": [{{"key": "new", "rules": [{{"key": "a", "do": {CALL}, {parts}}}]}}]}}'


def trigger(parts: str) -> str:
    return f'{{"stages": [{{"key": "new"}}, {{"key": "b", "triggers": [{{"key": "a", "on": "visit", {parts}}}]}}]}}'


PIPELINES: list[Refused] = [
    ("PUT", PIPELINE, "", 422, "body"),
    ("PUT", PIPELINE, "[]", 422, "body"),
    ("PUT", PIPELINE, "{", 422, "body"),
    ("PUT", PIPELINE, '{"stages": {}}', 422, "stages"),
    ("PUT", PIPELINE, '{"stages": [{"key": "new", "color": "red"}]}', 422, "stages.0.color"),
    ("PUT", PIPELINE, '{"stages": [{"key": "new", "kind": "done"}]}', 422, "stages.0.kind"),
    ("PUT", PIPELINE, '{"stages": [{"key": "new"}], "automation": "off"}', 422, "automation"),
    ("PUT", PIPELINE, '{"stages": [{"key": "new"}], "moves": {"new": 1}}', 422, "moves.new"),
    ("PUT", PIPELINE, '{"stages": [{"key": "new"}], "moves": {"moon": "new"}}', 422, "moves.moon"),
    ("PUT", "/v1/pipelines/Deal/retail", '{"stages": [{"key": "new"}]}', 422, "type_"),
    ("PUT", f"/v1/pipelines/deal/{'a' * 64}", '{"stages": [{"key": "new"}]}', 422, "key"),
    ("PUT", PIPELINE, rule('"when": ' + DEEP), 422, "stages.0.rules.0.when"),
    ("PUT", PIPELINE, rule('"catch_up": "soon"'), 422, "stages.0.rules.0."),
    ("PUT", PIPELINE, rule('"timing": "later"'), 422, "stages.0.rules.0.timing"),
    ("PUT", PIPELINE, rule('"timing": {"after": "101 years"}'), 422, "stages.0.rules.0.timing.after"),
    ("PUT", PIPELINE, rule('"timing": {"at": "9999-12-31T23:30-10:00"}'), 422, "stages.0.rules.0.timing.at"),
    ("PUT", PIPELINE, rule('"name": "a\\u0000"'), 422, "body"),
    ("PUT", PIPELINE, rule(f'"name": "{HALF}"'), 422, "body"),
    ("PUT", PIPELINE, rule(f'"timing": {{"after": "{HALF}"}}'), 422, ""),
    ("PUT", PIPELINE, rule('"enabled": 2'), 422, "stages.0.rules.0.enabled"),
    ("PUT", PIPELINE, trigger('"settle": {"quiet": "1 minute"}'), 422, "stages.1.triggers.0.settle.at_most"),
    (
        "PUT",
        PIPELINE,
        trigger('"settle": {"quiet": "a", "at_most": "1 hour"}'),
        422,
        "stages.1.triggers.0.settle.quiet",
    ),
    ("PUT", PIPELINE, trigger('"match": "all"'), 422, "stages.1.triggers.0.match"),
    ("PUT", f"{PIPELINE}/draft", '{"stages": []}', 422, "stages"),
    ("PUT", f"{PIPELINE}/draft", '{"stages": [{"key": "new"}], "version": "one"}', 422, "version"),
    ("PUT", f"{PIPELINE}/draft", f'{{"stages": [{{"key": "new"}}], "version": {10**30}}}', 409, "version"),
    ("PUT", f"{PIPELINE}/draft", rule('"name": "a\\u0000"'), 422, "body"),
    ("POST", f"{PIPELINE}/draft/publish", '{"waiting": "drop"}', 422, "waiting"),
    ("POST", f"{PIPELINE}/draft/publish", '{"force": true}', 422, "force"),
    ("GET", f"{PIPELINE}/versions?limit=0", "", 422, "limit"),
    ("GET", f"{PIPELINE}/versions?limit=1001", "", 422, "limit"),
    ("GET", f"{PIPELINE}/versions?before=0", "", 422, "before"),
    ("GET", f"{PIPELINE}/versions?before={2**31}", "", 422, "before"),
    ("GET", f"{PIPELINE}/versions/0", "", 422, "number"),
    ("GET", f"{PIPELINE}/versions/{2**31}", "", 422, "number"),
    ("GET", f"{PIPELINE}/versions/7", "", 404, ""),
    ("POST", f"{PIPELINE}/versions/1/publish", '{"waiting": 1}', 422, "waiting"),
    ("POST", f"{STAGE}/rules", f'{{"key": "a", "do": {CALL}, "position": -1}}', 422, "position"),
    ("POST", f"{STAGE}/rules", f'{{"key": "a", "do": {CALL}, "position": 10001}}', 422, "position"),
    ("POST", f"{STAGE}/rules", f'{{"key": "A b", "do": {CALL}}}', 422, "key"),
    ("POST", f"{STAGE}/rules", '{"key": "a", "do": {"create-task": {}, "send-sms": {}}}', 422, "do"),
    ("POST", f"{STAGE}/triggers", '{"key": "a"}', 422, "on"),
    ("PATCH", f"{STAGE}/rules/greet", "{}", 422, "set"),
    ("PATCH", f"{STAGE}/rules/greet", '{"set": {"key": "A b"}}', 422, "set.key"),
    ("PATCH", f"{STAGE}/rules/greet", '{"set": {"when": ' + DEEP + "}}", 422, "set.when"),
    ("PATCH", f"{STAGE}/rules/greet", '{"set": {"id": "x"}}', 422, "set.id"),
    ("PATCH", f"{STAGE}/rules/greet", '{"set": {"name": "a\\u0000"}}', 422, "body"),
    ("PATCH", f"{STAGE}/sorts/greet", '{"set": {"name": "a"}}', 422, "what"),
    ("PATCH", f"{STAGE}/triggers/greet", '{"set": {"name": "a"}}', 404, ""),
    ("POST", f"{STAGE}/rules/greet/move", '{"stage": "A b"}', 422, "stage"),
    ("POST", f"{STAGE}/rules/greet/copy", '{"pipeline": "retail"}', 422, "pipeline"),
    ("POST", f"{STAGE}/rules/greet/copy", '{"pipeline": "deal/moon"}', 404, ""),
    ("DELETE", f"{STAGE}/rules/greet?version=x", "", 422, "version"),
    ("DELETE", f"{STAGE}/rules/greet?version=1", "", 409, "version"),
    ("POST", APPLY, '{"per_second": NaN}', 422, "per_second"),
    ("POST", APPLY, '{"per_second": 1e400}', 422, "per_second"),
    ("POST", APPLY, '{"rules": ["a\\u0000"]}', 422, "rules.0"),
    ("POST", f"{APPLY}/preview", '{"all": [{"field": "title"}]}', 422, "all.0"),
]
CONFIG: list[Refused] = [
    ("PUT", "/v1/config/person/", '{"name": "Nobody"}', 422, "id"),
    ("PUT", f"/v1/config/person/{LONG}", '{"name": "Ann"}', 422, "id"),
    ("PUT", "/v1/config/person/a%00b", '{"name": "Ann"}', 422, "body"),
    ("PUT", "/v1/config/person/ann", '{"name": 5}', 422, "name"),
    ("PUT", "/v1/config/person/ann", '{"name": "Ann", "weekly": {"0": []}}', 422, "weekly"),
    ("PUT", "/v1/config/person/ann", "[]", 422, "body"),
    ("PUT", "/v1/config/connection/sms", f'{{"provider": "x", "settings": {{"a": "{HALF}"}}}}', 422, ""),
    ("PUT", "/v1/config/connection/sms", '{"provider": "x", "settings": {"a": "\\u0000"}}', 422, "body"),
    ("PUT", "/v1/config/connection/sms", f'{{"provider": "x", "secrets": {{"a": "{HALF}"}}}}', 422, ""),
    ("PUT", "/v1/config/connection/sms", '{"provider": "x", "settings": ' + DEEP + "}", 422, "settings"),
    ("PUT", "/v1/config/connection/hook", '{"provider": "webhook"}', 422, "secrets.secret"),
    ("PUT", "/v1/config/source/web", '{"kind": "form", "token": "t", "secrets": {"a": 1}}', 422, "secrets.a"),
    ("PUT", "/v1/config/calendar/a", '{"zone": "UTC", "weekly": {"7": []}}', 422, "weekly"),
    ("PUT", "/v1/config/calendar/a", '{"zone": "UTC", "weekly": {"monday": []}}', 422, "weekly."),
    ("PUT", "/v1/config/pause/x", '{"scope": "pipeline", "of": "deal/moon"}', 422, "of"),
    ("PUT", "/v1/config/pause/x", '{"scope": "rule", "of": "greet"}', 422, "of"),
    ("PUT", "/v1/config/pause/x", '{"scope": "all", "of": "deal/retail"}', 422, "of"),
    ("PUT", "/v1/config/calendar/a", '{"zone": "UTC", "weekly": {"0": []}}', 422, "weekly"),
    ("PUT", "/v1/config/constant/vat", '{"value": NaN}', 422, "value."),
    ("PUT", "/v1/config/rate/USD", '{"rate": "1"}', 422, "id"),
    ("PUT", "/v1/config/type/deal?drop_data=maybe", '{"fields": []}', 422, "drop_data"),
    ("PUT", "/v1/config/erasure/x", "{}", 422, "kind"),
    ("PUT", "/v1/config/app/acme", "{}", 422, "kind"),
    ("GET", "/v1/config/moon", "", 422, "kind"),
    ("GET", "/v1/config/moon/x", "", 422, "kind"),
    ("GET", "/v1/config/person/", "", 404, ""),
    ("GET", f"/v1/config/person/{LONG}", "", 404, ""),
    ("GET", "/v1/config/person/a%00b", "", 422, "body"),
    ("DELETE", "/v1/config/rule-set/deal%2Fretail%2F1", "", 422, "kind"),
    ("DELETE", "/v1/config/constant/none", "", 404, ""),
    ("DELETE", "/v1/config/type/none", "", 404, ""),
    ("POST", "/v1/connections/sms/try?wait=21", "", 422, "wait"),
    ("POST", "/v1/connections/sms/try", '{"provider": 1}', 422, "provider"),
    ("GET", f"/v1/connections/sms/tries/{NOTHING}", "", 404, ""),
    ("GET", "/v1/connections/sms/tries/last", "", 422, "try_id"),
]
OTHERS: list[Refused] = [
    ("POST", "/v1/simulations", '{"pipeline": "deal/retail", "rules": "published"}', 422, "from"),
    ("POST", "/v1/simulations", f'{{"pipeline": "deal/retail", "days": 1, {DAY}}}', 422, "days"),
    ("POST", "/v1/simulations", f'{{"pipeline": "deal/moon", "rules": "published", {DAY}}}', 422, "rules"),
    ("POST", "/v1/simulations", f'{{"pipeline": "deal/moon", "rules": "as_they_were", {DAY}}}', 422, "pipeline"),
    ("POST", "/v1/simulations", f'{{"pipeline": "a\\u0000", {DAY}}}', 422, ""),
    ("POST", "/v1/simulations", f'{{"pipeline": "deal/retail", "rules": "published", {DAWN}}}', 422, "from"),
    ("GET", f"/v1/simulations/{NOTHING}", "", 404, ""),
    ("GET", f"/v1/simulations/{NOTHING}/effects", "", 404, ""),
    (("GET", f"/v1/simulations/{NOTHING}/effects?differs=odd", "", 422, "differs.")),
    ("GET", f"/v1/simulations/{NOTHING}/effects?after=-1", "", 422, "after"),
    ("GET", "/v1/executions", "", 422, "state"),
    ("GET", "/v1/executions?state=failed&after=x", "", 422, "after"),
    ("GET", "/v1/executions?state=failed&due_before=2026-03-02T10:00", "", 422, "due_before"),
    ("GET", "/v1/executions?state=failed&rule_set=-1", "", 422, "rule_set"),
    ("GET", "/v1/executions?state=failed&pipeline=a%00", "", 422, "body"),
    ("GET", "/v1/executions/counts?colour=red", "", 422, "colour"),
    ("GET", f"/v1/executions/counts?stage={'a' * 201}", "", 422, "stage"),
    ("POST", f"/v1/executions/{NOTHING}/cancel", '{"reason": "a\\u0000b"}', 422, "reason"),
    ("POST", f"/v1/executions/{NOTHING}/cancel", f'{{"reason": "{"a" * 1001}"}}', 422, "reason"),
    ("POST", f"/v1/executions/{NOTHING}/retry", "", 404, ""),
    ("POST", f"/v1/effects/{NOTHING}/confirm", f'{{"execution": "{NOTHING}", "sent": true}}', 404, ""),
    ("POST", f"/v1/effects/{NOTHING}/confirm", f'{{"execution": "{NOTHING}"}}', 422, "sent"),
    ("POST", "/v1/executions/cancel", f'{{"ids": ["{NOTHING}"], "reason": "a\\u0000b"}}', 422, "reason"),
    ("POST", "/v1/executions/retry", f'{{"ids": [{", ".join([chr(34) + NOTHING + chr(34)] * 501)}]}}', 422, "ids"),
    ("POST", "/v1/executions/confirm", '{"where": {}}', 422, "sent"),
    ("GET", f"/v1/items/{NOTHING}/timeline", "", 404, ""),
    ("GET", f"/v1/items/{NOTHING}/timeline?limit=0", "", 422, "limit"),
    ("GET", "/v1/reports/outage?from=2026-03-01T00:00Z", "", 422, "to"),
    ("GET", "/v1/reports/outage?from=9999-12-31T00:00Z&to=9999-12-30T23:00Z", "", 422, "to"),
    ("GET", "/v1/reports/outage?from=2026-03-01T00:00Z&to=2026-03-01T01:00Z&in_time=nan", "", 422, "in_time"),
    ("GET", "/v1/reports/outage?from=2026-03-01T00:00Z&to=2026-03-01T01:00Z&in_time=-1", "", 422, "in_time"),
    ("GET", "/v1/reports/outage?from=0001-01-01T00:00%2B14:00&to=0001-01-02T00:00Z", "", 422, "from"),
    ("GET", "/v1/reports/outage?from=9999-12-31T00:00Z&to=9999-12-31T23:00-12:00", "", 422, "to"),
    ("GET", "/v1/reports/employees?stay=nan", "", 422, "stay"),
    ("GET", "/v1/reports/employees?stay=100001", "", 422, "stay"),
    ("GET", "/v1/audit?outcome=odd", "", 422, "outcome"),
    ("GET", "/v1/audit?after=2026-03-02", "", 422, "after"),
    ("GET", f"/v1/audit?after=0001-01-01T00:00%2B14:00/{NOTHING}", "", 422, "after"),
    ("GET", "/v1/audit?limit=1001", "", 422, "limit"),
    ("GET", "/v1/audit?principal=a%00", "", 422, "body"),
    ("POST", "/v1/api-keys", '{"name": ""}', 422, "name"),
    ("POST", "/v1/api-keys", '{"name": "a\\u0000", "person": "ann"}', 422, "body"),
    ("POST", "/v1/api-keys", '{"name": "a", "person": "a\\u0000"}', 422, "person"),
    ("POST", "/v1/api-keys", '{"name": "a", "expires_at": "2099-01-01T00:00"}', 422, "expires_at"),
    ("POST", "/v1/api-keys", '{"name": "a", "expires_at": "9999-12-31T23:59-12:00"}', 422, "expires_at"),
    ("POST", "/v1/api-keys", '{"name": "a", "scope": {"actions": ["fly"]}}', 422, "scope.actions.0"),
    ("POST", "/v1/api-keys", '{"name": "a", "scope": {"automation": "publish"}}', 422, "scope.automation"),
    ("DELETE", "/v1/api-keys/none", "", 404, ""),
    ("DELETE", "/v1/api-keys/a%00", "", 422, "body"),
    ("GET", "/v1/questions?item=moon", "", 422, "item"),
    ("GET", "/v1/questions?after=moon", "", 422, "after"),
    ("GET", f"/v1/questions/{NOTHING}", "", 404, ""),
    ("POST", f"/v1/questions/{NOTHING}/answer", '{"answers": []}', 422, "answers"),
    ("POST", f"/v1/questions/{NOTHING}/answer", '{"answers": {}}', 404, ""),
    ("POST", f"/v1/notices/{NOTHING}/read", "", 404, ""),
    ("GET", "/v1/notices?limit=0", "", 422, "limit"),
    ("POST", "/v1/sources/web/replays", "{}", 422, "delivery"),
    ("POST", f"/v1/sources/{'a' * 201}/replays", f'{{"delivery": "{NOTHING}"}}', 422, "source"),
    ("PUT", "/v1/company.yaml", "kind: constant", 422, "0."),
    ("PUT", "/v1/company.yaml", "{kind: constant, id: '', data: {value: 1}}", 422, ""),
]


def told(answer: Any, status: int, field: str) -> bool:
    """Say whether a refusal is what it should be: a problem that names the field and the fix."""
    if answer.status_code != status or answer.headers["content-type"] != "application/problem+json":
        return False
    body = answer.json()
    if status == 404:
        return bool(body["title"] and body.get("detail"))
    [first, *_] = body.get("errors") or [{}]
    fits = first.get("field") == field or (field[-1:] in {".", ""} and str(first.get("field")).startswith(field))
    return fits and bool(first["problem"]) and bool(first["fix"])


async def test_a_request_that_makes_no_sense_is_refused_in_words_and_changes_nothing(crm: Any) -> None:
    state = "SELECT value, (SELECT count(*) FROM pipeline_draft), (SELECT count(*) FROM job) FROM last_revision"
    before = await crm.fetch(state)
    wrong = {}
    for n, (method, path, body, status, field) in enumerate((*PIPELINES, *CONFIG, *OTHERS)):
        headers = {"Content-Type": "application/yaml" if "yaml" in path else "application/json"}
        answer = await crm.ann.request(method, path, content=body.encode(), headers=headers)
        if not told(answer, status, field):
            wrong[f"{n}: {method} {path[:80]} {body[:80]}"] = (answer.status_code, answer.text[:300])
    assert not wrong, json.dumps(wrong, indent=2)
    assert await crm.fetch(state) == before
    # Strange is not wrong: the last and the first day of the calendar can be asked about.
    for window in ("from=9999-12-31T00:00Z&to=9999-12-31T23:59Z", "from=0001-01-01T00:00Z&to=0001-01-02T00:00Z"):
        answer = await crm.ann.get(f"/v1/reports/outage?{window}")
        assert (answer.status_code, answer.json()["together"]["due"]) == (200, 0), answer.text
    listed = await crm.ann.get("/v1/executions?state=failed&due_after=0001-01-01T00:00%2B14:00")
    assert (listed.status_code, listed.json()) == (200, {"executions": [], "next": None})
