"""A form as a page: plain HTML that works without scripts, said and operable without eyes or a mouse."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from secrets import token_urlsafe
from urllib.parse import urlencode

from automation.languages import said
from contracts.forms import LANGUAGE, SUBMISSION, TRAP, VISITOR, Form, FormField
from starlette.responses import HTMLResponse

from trigger_gateway.forms.style import STYLE, colours
from trigger_gateway.forms.submission import LONGEST, LONGEST_TEXT, TICKED, Wrong, box
from trigger_gateway.forms.words import words

TYPES = {"email": "email", "phone": "tel", "number": "text", "date": "date", "file": "file"}
# What browsers may fill in by themselves, by the field's kind, else by its key.
FILLED_IN = {"email": "email", "phone": "tel"}
KNOWN_KEYS = {
    "name": "name",
    "first_name": "given-name",
    "last_name": "family-name",
    "company": "organization",
    "street": "street-address",
    "city": "address-level2",
    "postal_code": "postal-code",
    "country": "country-name",
}
# Tells the page that shows us how high we are; without scripts the frame keeps its height.
HEIGHT = (
    "const tell=more=>parent.postMessage({{signalbox:document.documentElement.scrollHeight,...more}},{site});"
    "tell({more});new ResizeObserver(()=>tell({{}})).observe(document.body);"
)


@dataclass(frozen=True, slots=True)
class View:
    """One showing of a form: in which language, for which frame, with what was typed and what is wrong with it."""

    form: Form
    language: str
    action: str
    submission: str = ""
    visitor: str = ""
    site: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, Wrong] = field(default_factory=dict)
    notice: str = ""
    nonce: str = field(default_factory=lambda: token_urlsafe(16))

    def word(self, name: str) -> str:
        """Give one of our own words."""
        return escape(words(self.language)[name])

    def said(self, text: str | dict[str, str], otherwise: str = "") -> str:
        """Give a text of the form, escaped."""
        return escape(said(text, self.language, otherwise))


def shown(view: View, status: int = 200) -> HTMLResponse:
    """Show the form."""
    form = view.form
    files = ' enctype="multipart/form-data"' if any(f.kind == "file" for f in form.fields) else ""
    body = "".join(
        (
            _heading(view),
            _summary(view),
            f'<form method="post" action="{escape(view.action)}" novalidate{files}>',
            _unseen(view),
            *(_field(view, asked) for asked in form.fields),
            *(_consent(view, n) for n in range(len(form.consents))),
            _trap(view),
            f'<button type="submit">{view.said(form.button) or view.word("send")}</button></form>',
        )
    )
    return answer(view, view.said(form.title, "Form"), body, status)


def thanked(view: View) -> HTMLResponse:
    """Thank who sent it; in a frame the page around it goes on where the form leads to."""
    go_on = view.form.redirect
    link = f'<p><a href="{escape(go_on)}" target="_top">{view.word("go_on")}</a></p>' if go_on else ""
    body = f'<h1>{view.word("thanks")}</h1><p role="status">{view.said(view.form.thanks) or view.word("received")}</p>'
    return answer(view, view.word("thanks"), body + link, 200, {"redirect": go_on} if go_on else {})


def answer(view: View, title: str, body: str, status: int, more: Mapping[str, str] | None = None) -> HTMLResponse:
    """Give a page; `title` and `body` are HTML."""
    script = ""
    if view.site in view.form.sites:
        told = HEIGHT.format(site=_as_script(view.site), more=_as_script(dict(more or {})))
        script = f'<script nonce="{view.nonce}">{told}</script>'
    page = (
        f'<!doctype html><html lang="{escape(view.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{title}</title><style nonce="{view.nonce}">{colours(view.form)}{STYLE}</style></head>'
        f"<body><main>{body}</main>{script}</body></html>"
    )
    return HTMLResponse(page, status, headers(view))


def headers(view: View) -> dict[str, str]:
    """Give the headers of a page: no script and no style but our own, framed by the form's sites alone."""
    sites = " ".join(view.form.sites)
    policy = (
        f"default-src 'none'; style-src 'nonce-{view.nonce}'; script-src 'nonce-{view.nonce}';"
        f" form-action 'self' {sites}; base-uri 'none'; frame-ancestors {sites or chr(39) + 'none' + chr(39)}"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def address(path: str, view_site: str) -> str:
    """Give where a form is sent to."""
    return f"{path}?{urlencode({'site': view_site})}" if view_site else path


def _as_script(value: object) -> str:
    return json.dumps(value).replace("<", "\\u003c")


def _heading(view: View) -> str:
    form = view.form
    title = f"<h1>{view.said(form.title)}</h1>" if form.title else ""
    return title + (f"<p>{view.said(form.intro)}</p>" if form.intro else "")


def _unseen(view: View) -> str:
    """Give what the page sends of itself, beside the form's own fields."""
    told = {SUBMISSION: view.submission, VISITOR: view.visitor, LANGUAGE: view.language, "site": view.site}
    return "".join(_hidden(name, value) for name, value in told.items() if value)


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _summary(view: View) -> str:
    if view.notice:
        return f'<div class="wrong" role="alert"><p>{escape(view.notice)}</p></div>'
    if not view.wrong:
        return ""
    labels = {f.key: view.said(f.label) for f in view.form.fields}
    labels |= {box(c.key): view.said(c.text) for c in view.form.consents}
    items = "".join(
        f'<li><a href="#{_id(key)}">{labels.get(key, key)}</a>: {view.word(word)}</li>'
        for key, word in view.wrong.items()
    )
    return (
        f'<div class="wrong" role="alert" tabindex="-1" autofocus><h2>{view.word("wrong")}</h2><ul>{items}</ul></div>'
    )


def _id(key: str) -> str:
    return escape(f"f-{key}")


def _field(view: View, asked: FormField) -> str:
    value = view.values.get(asked.key, "")
    if asked.kind == "hidden":
        return _hidden(asked.key, value) if value else ""
    if asked.kind == "checkbox":
        return _tick(view, asked.key, view.said(asked.label), value, required=asked.required, note=asked.help)
    if asked.kind == "choice":
        return _choices(view, asked, value)
    label = f'<label for="{_id(asked.key)}">{view.said(asked.label)}{_star(view, required=asked.required)}</label>'
    return f"<div>{label}{_notes(view, asked.key, asked.help)}{_input(view, asked, value)}</div>"


def _input(view: View, asked: FormField, value: str) -> str:
    told = _attributes(view, asked.key, asked.help, required=asked.required)
    if asked.kind == "textarea":
        return f'<textarea rows="5" maxlength="{LONGEST_TEXT}"{told}>{escape(value)}</textarea>'
    if asked.kind == "file":
        return f'<input type="file" multiple accept="{escape(",".join(asked.accept))}"{told}>'
    fill = FILLED_IN.get(asked.kind) or KNOWN_KEYS.get(asked.key, "")
    more = f' autocomplete="{fill}"' if fill else ""
    more += ' inputmode="decimal"' if asked.kind == "number" else ""
    kind = TYPES.get(asked.kind, "text")
    return f'<input type="{kind}" maxlength="{LONGEST}" value="{escape(value)}"{more}{told}>'


def _choices(view: View, asked: FormField, value: str) -> str:
    options = "".join(
        f'<option value="{escape(one)}"{" selected" if one == value else ""}>'
        f"{view.said(asked.choice_names.get(one, ''), one)}</option>"
        for one in asked.choices
    )
    told = _attributes(view, asked.key, asked.help, required=asked.required)
    label = f'<label for="{_id(asked.key)}">{view.said(asked.label)}{_star(view, required=asked.required)}</label>'
    none = f'<option value="">{view.word("choose")}</option>'
    return f"<div>{label}{_notes(view, asked.key, asked.help)}<select{told}>{none}{options}</select></div>"


def _consent(view: View, n: int) -> str:
    consent = view.form.consents[n]
    name = box(consent.key)
    return _tick(view, name, view.said(consent.text), view.values.get(name, ""), required=consent.required)


def _tick(view: View, name: str, label: str, value: str, *, required: bool, note: str | dict[str, str] = "") -> str:
    on = " checked" if value else ""
    told = _attributes(view, name, note, required=required)
    star = _star(view, required=required)
    return (
        f'<div class="tick"><input type="checkbox" value="{TICKED}"{on}{told}>'
        f'<label for="{_id(name)}">{label}{star}</label>{_notes(view, name, note)}</div>'
    )


def _attributes(view: View, key: str, note: str | dict[str, str], *, required: bool) -> str:
    described = [f"{_id(key)}-help"] if note else []
    described += [f"{_id(key)}-wrong"] if key in view.wrong else []
    told = f' id="{_id(key)}" name="{escape(key)}"'
    told += ' required aria-required="true"' if required else ""
    told += ' aria-invalid="true"' if key in view.wrong else ""
    return told + (f' aria-describedby="{" ".join(described)}"' if described else "")


def _notes(view: View, key: str, note: str | dict[str, str]) -> str:
    helped = f'<p class="help" id="{_id(key)}-help">{view.said(note)}</p>' if note else ""
    wrong = f'<p class="mend" id="{_id(key)}-wrong">{view.word(view.wrong[key])}</p>' if key in view.wrong else ""
    return helped + wrong


def _star(view: View, *, required: bool) -> str:
    return f" <small>({view.word('required')})</small>" if required else ""


def _trap(view: View) -> str:
    return (
        f'<div class="away" aria-hidden="true"><label for="{TRAP}">{view.word("empty")}</label>'
        f'<input id="{TRAP}" name="{TRAP}" tabindex="-1" autocomplete="off"></div>'
    )
