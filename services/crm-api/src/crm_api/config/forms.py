"""Forms and visits, checked when their source is saved: what could not be shown, filled in or sent is refused."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from contracts.config import Source
from contracts.consents import CONSENTS
from contracts.forms import RESERVED, Form, FormField
from contracts.visits import VisitSettings

from crm_api.config.element_types import check_text
from crm_api.fields import FieldError

KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
HOST = re.compile(r"[a-z0-9.-]+")
# A machine's own pages may do without TLS.
OWN_HOSTS = frozenset({"127.0.0.1", "localhost"})
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
MOST_FIELDS = 100
AT = "settings"


def check_form(source: Source, form: Form) -> None:
    """Refuse a form that nobody could fill in; raises `FieldError` with the place."""
    for name in ("title", "intro", "button", "thanks"):
        check_text(getattr(form, name), f"{AT}.{name}")
    for name in ("colour", "background"):
        if COLOUR.fullmatch(getattr(form, name)) is None:
            raise FieldError(f"{AT}.{name}", f"{getattr(form, name)!r:.40} is no colour", "write it like #1f4fa3")
    _check_fields(form)
    _check_consents(form)
    _check_sites(form.sites)
    if form.redirect and origin_of(form.redirect) not in form.sites:
        fix = "write an absolute https address of one of `sites`"
        raise FieldError(f"{AT}.redirect", "it leads to a site that is not listed", fix)
    _check_keys(source, form)


def _check_fields(form: Form) -> None:
    if len(form.fields) > MOST_FIELDS:
        raise FieldError(f"{AT}.fields", f"these are more than {MOST_FIELDS} fields", "ask less")
    seen: set[str] = set()
    for n, field in enumerate(form.fields):
        at = f"{AT}.fields.{n}"
        _check_key(field.key, f"{at}.key", seen)
        _check_field(field, at)


def _check_field(field: FormField, at: str) -> None:
    check_text(field.label, f"{at}.label")
    check_text(field.help, f"{at}.help")
    if not field.label and field.kind != "hidden":
        raise FieldError(f"{at}.label", "a field without a label can be used by nobody who cannot see it", "name it")
    if (field.kind == "choice") != bool(field.choices):
        fix = "send choices for a field of kind choice, and for no other"
        raise FieldError(f"{at}.choices", f"a field of kind {field.kind} has {len(field.choices)} choices", fix)
    for choice in field.choice_names:
        if choice not in field.choices:
            fix = f"use one of: {', '.join(field.choices)}"
            raise FieldError(f"{at}.choice_names.{choice}", "there is no such choice", fix)
    for media_type in field.accept:
        if MEDIA_TYPE.fullmatch(media_type) is None:
            raise FieldError(f"{at}.accept", f"{media_type!r:.60} is no media type", "write it like application/pdf")


def _check_consents(form: Form) -> None:
    seen: set[str] = set()
    for n, consent in enumerate(form.consents):
        at = f"{AT}.{CONSENTS}.{n}"
        _check_key(consent.key, f"{at}.key", seen)
        check_text(consent.text, f"{at}.text")
        if not consent.text:
            raise FieldError(f"{at}.text", "nobody can agree to nothing", "say what is agreed to")
        if not consent.version:
            raise FieldError(f"{at}.version", "it must be known which wording was shown", "number it, like '1'")


def _check_key(key: str, at: str, seen: set[str]) -> None:
    if KEY.fullmatch(key) is None or key in RESERVED:
        fix = f"use letters, digits, - and _; not {', '.join(sorted(RESERVED))}"
        raise FieldError(at, f"{key!r:.60} is no key", fix)
    if key in seen:
        raise FieldError(at, f"there is a {key!r} before", "give each its own key")
    seen.add(key)


def check_visits(source: Source, settings: VisitSettings) -> None:
    """Refuse sites that cannot be any, and a return that comes before the visit is over; raises `FieldError`."""
    if source.nobody.do != "ignore":
        raise FieldError("nobody.do", "a visit alone is no reason to make anything", "leave nobody out")
    _check_sites(settings.sites)
    if settings.away < settings.session:
        fix = f"send {settings.session} or more"
        raise FieldError(f"{AT}.away", "somebody cannot return before their visit is over", fix)


def _check_sites(sites: Sequence[str]) -> None:
    for n, site in enumerate(sites):
        if not is_origin(site):
            fix = "write it like https://shop.example, with nothing behind it"
            raise FieldError(f"{AT}.sites.{n}", f"{site!r:.100} is no site", fix)


def is_origin(site: str) -> bool:
    """Say whether this is an origin over TLS, and nothing more."""
    return bool(site) and origin_of(site) == site


def origin_of(address: str) -> str:
    """Give the origin of an absolute address over TLS, "" for any other."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    clean = HOST.fullmatch(host) is not None and not parts.username
    return f"{parts.scheme}://{host}{port}" if clean and _is_safe(parts.scheme, host) else ""


def _is_safe(scheme: str, host: str) -> bool:
    return scheme == "https" or (scheme == "http" and host in OWN_HOSTS)


def _check_keys(source: Source, form: Form) -> None:
    if not form.fields:
        return
    known = {field.key for field in form.fields}
    for at, key in _keys_read(source):
        if key not in known:
            raise FieldError(at, f"the form has no field {key!r:.60}", f"use one of: {', '.join(sorted(known))}")


def _keys_read(source: Source) -> Iterator[tuple[str, str]]:
    """Give the keys of the payload that a source reads, each after the place where it is named."""
    creation = source.nobody.create
    read = {
        "identities": source.identities,
        "required": {str(n): key for n, key in enumerate(source.required)},
        "nobody.create.contact": creation.contact if creation else {},
        "nobody.create.fields": creation.fields if creation else {},
    }
    for at, keys in read.items():
        for name, key in keys.items():
            yield f"{at}.{name}", key
