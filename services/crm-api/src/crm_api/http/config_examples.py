"""One record of each kind of config that people edit, as the description of the API shows it."""

from typing import Any

from crm_api.files import hash_of

DAY = [["09:00", "13:00"], ["14:00", "18:00"]]
PAGE = b"<h1>Offer</h1>"
# By kind: the id, and the record under it.
RECORDS: dict[str, tuple[str, dict[str, Any]]] = {
    "type": (
        "candle",
        {
            "name": {"en": "Candle", "pt": "Vela"},
            "fields": [
                {"key": "scent", "kind": "choice", "choices": ["rose", "cedar"], "required": True},
                {"key": "price", "kind": "money"},
                {"key": "client", "kind": "link", "to": "contact"},
            ],
            "board": ["title", "price"],
            "quick": ["title", "scent"],
            "columns": ["title", "scent", "price"],
            "amount": "price",
        },
    ),
    "calendar": (
        "lisbon",
        {"zone": "Europe/Lisbon", "weekly": dict.fromkeys("01234", DAY), "holidays": ["2026-12-25", "2027-01-01"]},
    ),
    "person": (
        "ines",
        {
            "name": "Inês Sol",
            "email": "ines@example.com",
            "role": "seller",
            "language": "pt",
            "zone": "Europe/Lisbon",
            "absences": [{"first": "2026-08-03", "last": "2026-08-14", "why": "holidays"}],
        },
    ),
    "department": ("workshop", {"name": "Workshop"}),
    "role": (
        "candle-seller",
        {
            "name": "Sells candles",
            "grants": [{"type": "candle", "actions": ["read", "add", "change"], "whose": "own"}],
            "automation": {"candle": "read"},
        },
    ),
    "rate": ("USD/2026-11-20", {"rate": "0.92"}),
    "constant": ("ceiling", {"name": "Largest discount", "value": "1000 EUR"}),
    "connection": (
        "sms",
        {
            "provider": "twilio",
            "settings": {"account_sid": "the SID of your account", "from": "+15005550006"},
            "secrets": {"auth_token": "the token of your account"},
        },
    ),
    "source": (
        "website",
        {
            "kind": "form",
            "token": "the secret part of its address",
            "identities": {"phone": "phone", "email": "email"},
            "required": ["name"],
            "nobody": {"do": "hold"},
        },
    ),
    "pause": ("deal/retail", {"scope": "pipeline", "of": "deal/retail", "paused": True}),
    "portal": (
        "portal",
        {
            "zone": "Europe/Lisbon",
            "country": "PT",
            "currency": "EUR",
            "language": "pt",
            "public_url": "https://crm.example.com",
        },
    ),
    "template": ("offer", {"name": "Offer", "file": hash_of(PAGE), "title": "Offer for {{ item.title }}"}),
    "resource": ("fitter", {"name": {"en": "Fitter", "pt": "Montador"}, "slot_minutes": 120}),
    "clock": ("clock", {"offset": "P3D"}),
}
# One name for kind, id and record: what has the same name belongs together.
KINDS = {kind: {"value": kind} for kind in RECORDS}
IDS = {kind: {"value": id_} for kind, (id_, _) in RECORDS.items()}
BODIES = {kind: {"summary": f"A {kind}", "value": record} for kind, (_, record) in RECORDS.items()}
