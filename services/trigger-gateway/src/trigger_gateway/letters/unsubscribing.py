"""The page on which readers want no more letters, or want them again, in the languages that we speak."""

from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from trigger_gateway.forms.words import accepted
from trigger_gateway.pages import page

ENGLISH = "en"
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "unsubscribe": "Unsubscribe",
        "question": "No more letters to {address}?",
        "gone": "You are unsubscribed",
        "no_more": "We will send no more letters to {address}.",
        "mistake": "It was a mistake, or you have changed your mind?",
        "again": "Write to me again",
        "welcome": "Welcome back",
        "will_write": "We will write to {address} again.",
    },
    "pt": {
        "unsubscribe": "Cancelar a subscrição",
        "question": "Não enviar mais mensagens para {address}?",
        "gone": "A subscrição foi cancelada",
        "no_more": "Não enviaremos mais mensagens para {address}.",
        "mistake": "Foi engano, ou mudou de ideias?",
        "again": "Quero voltar a receber",
        "welcome": "Bem-vindo de volta",
        "will_write": "Voltaremos a escrever para {address}.",
    },
    "it": {
        "unsubscribe": "Annulla l'iscrizione",
        "question": "Non inviare più messaggi a {address}?",
        "gone": "La sua iscrizione è annullata",
        "no_more": "Non invieremo più messaggi a {address}.",
        "mistake": "È stato un errore, o ha cambiato idea?",
        "again": "Voglio riceverli di nuovo",
        "welcome": "Bentornato",
        "will_write": "Torneremo a scrivere a {address}.",
    },
    "ru": {
        "unsubscribe": "Отписаться",
        "question": "Больше не писать на {address}?",
        "gone": "Вы отписались",
        "no_more": "Мы больше не будем писать на {address}.",
        "mistake": "Это вышло случайно, или вы передумали?",
        "again": "Пишите мне снова",
        "welcome": "Рады, что вы вернулись",
        "will_write": "Мы снова будем писать на {address}.",
    },
}


def language_of(request: Request, portal: str) -> str:
    """Give the language of the page: the one that its address asks for, else the browser, else the portal's."""
    wished = [request.query_params.get("lang", ""), *accepted(request.headers.get("accept-language", "")), portal]
    return next((one[:2] for one in wished if one[:2] in WORDS), ENGLISH)


def asked(address: str, language: str) -> Response:
    """Ask whether no more letters are wanted."""
    words = WORDS[language]
    return page(200, words["unsubscribe"], said(words["question"], address) + button(language, "unsubscribe"), language)


def done(address: str, language: str, *, back: bool) -> Response:
    """Say what holds now, and offer the other."""
    words = WORDS[language]
    title, text = ("welcome", "will_write") if back else ("gone", "no_more")
    told = f'<div role="status">{said(words[text], address)}</div>'
    other = button(language, "unsubscribe") if back else f"<p>{escape(words['mistake'])}</p>{button(language, 'again')}"
    return page(200, words[title], told + other, language)


def said(text: str, address: str) -> str:
    """Say something of an address."""
    return f"<p>{escape(text.format(address=address))}</p>"


def button(language: str, word: str) -> str:
    """Give the one button, which keeps the language of the page."""
    again = "&amp;again=1" if word == "again" else ""
    text = escape(WORDS[language][word])
    return f'<form method="post" action="?lang={language}{again}"><button type="submit">{text}</button></form>'
