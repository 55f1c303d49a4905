"""The words of a form's page that are ours, in the languages that we speak."""

from collections.abc import Iterable, Mapping

from contracts.forms import Form
from contracts.rules import Text
from starlette.requests import Request

ENGLISH = "en"
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "send": "Send",
        "thanks": "Thank you",
        "received": "We have received your request.",
        "required": "required",
        "wrong": "Please correct this",
        "missing": "Fill this in.",
        "tick": "Tick this to go on.",
        "email": "Write the email address like ann@example.com.",
        "phone": "Write the phone number with its country code, like +351 912 345 678.",
        "number": "Write a number.",
        "date": "Write a day, like 2026-12-31.",
        "choice": "Choose one of these.",
        "long": "This is too long.",
        "file": "This file cannot be taken: choose another kind, or a smaller one.",
        "choose": "Choose…",
        "sent": "This form was sent before. Load the page again to send other values.",
        "often": "Too many forms came from you. Wait a minute, then try again.",
        "empty": "Leave this field empty",
        "go_on": "Go on",
    },
    "pt": {
        "send": "Enviar",
        "thanks": "Obrigado",
        "received": "Recebemos o seu pedido.",
        "required": "obrigatório",
        "wrong": "Corrija, por favor",
        "missing": "Preencha este campo.",
        "tick": "Marque para continuar.",
        "email": "Escreva o email como ana@example.com.",
        "phone": "Escreva o telefone com o indicativo do país, como +351 912 345 678.",
        "number": "Escreva um número.",
        "date": "Escreva um dia, como 2026-12-31.",
        "choice": "Escolha uma destas opções.",
        "long": "É demasiado longo.",
        "file": "Este ficheiro não pode ser aceite: escolha outro tipo, ou um mais pequeno.",
        "choose": "Escolha…",
        "sent": "Este formulário já foi enviado. Carregue a página de novo para enviar outros valores.",
        "often": "Recebemos demasiados formulários seus. Espere um minuto e tente de novo.",
        "empty": "Deixe este campo vazio",
        "go_on": "Continuar",
    },
    "it": {
        "send": "Invia",
        "thanks": "Grazie",
        "received": "Abbiamo ricevuto la sua richiesta.",
        "required": "obbligatorio",
        "wrong": "Corregga, per favore",
        "missing": "Compili questo campo.",
        "tick": "Spunti la casella per continuare.",
        "email": "Scriva l'email come anna@example.com.",
        "phone": "Scriva il telefono con il prefisso del paese, come +39 347 123 4567.",
        "number": "Scriva un numero.",
        "date": "Scriva un giorno, come 2026-12-31.",
        "choice": "Scelga una di queste voci.",
        "long": "È troppo lungo.",
        "file": "Questo file non può essere accettato: ne scelga uno di altro tipo o più piccolo.",
        "choose": "Scelga…",
        "sent": "Questo modulo è già stato inviato. Ricarichi la pagina per inviare altri valori.",
        "often": "Sono arrivati troppi moduli da lei. Attenda un minuto e riprovi.",
        "empty": "Lasci vuoto questo campo",
        "go_on": "Continua",
    },
    "ru": {
        "send": "Отправить",
        "thanks": "Спасибо",
        "received": "Мы получили вашу заявку.",
        "required": "обязательно",
        "wrong": "Исправьте, пожалуйста",
        "missing": "Заполните это поле.",
        "tick": "Отметьте, чтобы продолжить.",
        "email": "Напишите адрес почты, например anna@example.com.",
        "phone": "Напишите телефон и код страны, например +7 912 345-67-89.",
        "number": "Напишите число.",
        "date": "Напишите день, например 2026-12-31.",
        "choice": "Выберите один из вариантов.",
        "long": "Это слишком длинно.",
        "file": "Этот файл нельзя принять: выберите другой вид или файл меньше.",
        "choose": "Выберите…",
        "sent": "Эта форма уже отправлена. Загрузите страницу снова, чтобы отправить другие значения.",
        "often": "От вас пришло слишком много форм. Подождите минуту и попробуйте снова.",
        "empty": "Оставьте это поле пустым",
        "go_on": "Продолжить",
    },
}


def words(language: str) -> Mapping[str, str]:
    """Give our own words in a language, in English where we do not speak it."""
    return WORDS.get(language, WORDS[ENGLISH])


def language_of(form: Form, request: Request, portal: str) -> str:
    """Give the language of a page: the one asked for by the address, else by the browser, where the form speaks it."""
    spoken = list(dict.fromkeys((portal, *_languages(form))))
    wished = [request.query_params.get("lang", ""), *accepted(request.headers.get("accept-language", ""))]
    return next((one for wish in wished for one in (wish, wish[:2]) if one in spoken), portal)


def _languages(form: Form) -> Iterable[str]:
    texts: list[Text] = [form.title, form.intro, form.button, form.thanks]
    texts += [field.label for field in form.fields]
    texts += [consent.text for consent in form.consents]
    return (language for text in texts if isinstance(text, dict) for language in text)


def accepted(header: str) -> list[str]:
    """Give the languages of an `Accept-Language` in the order in which browsers write them: the most wanted first."""
    return [part.partition(";")[0].strip().lower() for part in header[:200].split(",")]
