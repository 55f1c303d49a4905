"""What a browser gets: scripts, and the few words for a person; everything that came from outside is escaped."""

from html import escape

from chassis.problems import Problem
from starlette.responses import HTMLResponse, PlainTextResponse

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
SCRIPT_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><style>'
    ":root{{color-scheme:light dark}}body{{font:1.1rem/1.5 system-ui;max-width:32rem;margin:3rem auto;padding:0 1rem}}"
    "button{{font:inherit;padding:.6rem 1.2rem;min-height:2.75rem}}p,li{{overflow-wrap:anywhere}}"
    "</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
)
THANKS = "We have received your request."


def script(written: str) -> PlainTextResponse:
    """Give a script to a page of any site."""
    return PlainTextResponse(written, 200, SCRIPT_HEADERS, media_type="text/javascript")


def thanks(text: str) -> HTMLResponse:
    """Thank for a form."""
    return page(200, "Thank you", f"<p>{escape(text or THANKS)}</p>")


def refused(problem: Problem) -> HTMLResponse:
    """Say what is wrong with a form, field by field, and that going back keeps what was written."""
    wrong = "".join(
        f"<li><b>{escape(e['field'])}</b> {escape(e['problem'])}: {escape(e['fix'])}</li>" for e in problem.errors
    )
    detail = f"<p>{escape(problem.detail)}</p>" if problem.detail else ""
    back = "<p>Please go back and send the form again.</p>"
    return page(problem.status, problem.title, detail + (f"<ul>{wrong}</ul>" if wrong else "") + back)


def page(status: int, title: str, body: str, language: str = "en") -> HTMLResponse:
    """Make a page in a language; `body` is HTML."""
    written = PAGE.format(title=escape(title), body=body, language=escape(language))
    return HTMLResponse(written, status, HEADERS)
