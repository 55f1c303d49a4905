"""What stories are made of: each kind of timing in its variants, under the keys of rules, and some actions."""

from contracts.data import JsonObject

TIMINGS: dict[str, tuple[JsonObject, ...]] = {
    "now": ({}, {"working_time": "portal"}),
    "later": (
        {"after": "2 hours"},
        {"after": "1 day", "working_time": "portal"},
        {"after": "90 minutes", "working_time": "responsible"},
        {"after": "1 day", "since": "last_change"},
    ),
    "due": (
        {"before": "item.payment_due", "by": "1 day", "at": "10:00"},
        {"before": "item.payment_due", "by": "2 hours", "if_past": "run"},
        {"after_date": "item.payment_due", "by": "1 day", "working_time": "portal"},
    ),
    "linked": (
        {"before": "invoice.pay_before", "by": "3 hours"},
        {"after_date": "invoice.pay_before", "by": "1 day", "if_past": "skip"},
        {"after_date": "contact.birthday"},
    ),
    "gift": (
        {"anniversary": "contact.birthday", "by": "2 days", "at": "10:00"},
        {"anniversary": "contact.birthday", "side": "after", "working_time": "portal"},
    ),
    "daily": (
        {"every": "10:00"},
        {"every": "22:30", "days": ["monday", "thursday"]},
        {"every": "08:00", "working_time": "portal"},
    ),
    "fixed": ({"at": "2026-03-03T10:00"}, {"at": "2026-03-02T09:00", "if_past": "skip"}),
    "then": (
        {"after_previous": "0 minutes"},
        {"after_previous": "1 hour", "on_previous": "finished"},
        {"after_previous": "1 day", "on_previous": "failed", "working_time": "portal"},
        {"after_previous": "0 minutes", "on_previous": "timed_out"},
    ),
    "more": ({"after_previous": "1 hour"}, {"after_previous": "0 minutes", "on_previous": "arrived"}),
    "heard": ({"wait_for": "email.received", "at_most": "1 day"}, {"wait_for": "email.received"}),
}
# Rules that stand behind one another more often than chance would have it.
SHAPES: tuple[tuple[str, ...], ...] = (
    ("due", "then"),
    ("linked", "then", "more"),
    ("daily", "then", "more"),
    ("daily", "heard", "then"),
    ("gift", "more", "then"),
)
# These wait for others, or for what reaches the item.
BEHIND = frozenset({"then", "more", "heard"})
ACTIONS: tuple[dict[str, JsonObject], ...] = (
    {"send-sms": {"to": "contact", "text": "hello"}},
    {"create-task": {"title": "{{ item.title }}"}},
    {"change-item": {"fields": {"pieces": 3}}},
    {"ask-employee": {"text": "Which?", "ask": [{"key": "size"}]}},
    {"set-variable": {"name": "said", "value": "{{ item.title }}"}},
)
# Somebody with hours of their own, in the evening.
ANN: JsonObject = {"id": "ann", "name": "Ann", "weekly": {0: [["20:00", "23:00"]], 3: [["20:00", "23:00"]]}}
# The working time of the portal, as it may be changed.
CALENDARS: tuple[JsonObject, ...] = tuple(
    {"id": "portal", "zone": "Europe/Lisbon", "weekly": {day: [hours] for day in range(days)}, "holidays": holidays}
    for days, hours, holidays in (
        (5, ["09:00", "18:00"], []),
        (5, ["09:00", "18:00"], ["2026-03-03", "2026-03-04"]),
        (7, ["14:00", "22:00"], []),
        (1, ["09:00", "12:00"], []),
    )
)
