"""What things are called in a person's language."""

from contracts.rules import Text

FALLBACK = "en"
ATTRIBUTE_NAMES: dict[str, dict[str, str]] = {
    "id": {"en": "Id", "de": "Id", "pt": "Id"},
    "title": {"en": "Title", "de": "Titel", "pt": "Título"},
    "pipeline": {"en": "Pipeline", "de": "Pipeline", "pt": "Funil"},
    "stage": {"en": "Stage", "de": "Phase", "pt": "Etapa"},
    "responsible": {"en": "Responsible", "de": "Verantwortlich", "pt": "Responsável"},
    "created_at": {"en": "Created", "de": "Erstellt", "pt": "Criado"},
    "entered_at": {"en": "In stage since", "de": "In der Phase seit", "pt": "Na etapa desde"},
    "version": {"en": "Version", "de": "Version", "pt": "Versão"},
}


def told(text: Text, language: str, otherwise: str) -> str:
    """Give a text in a language, else in English, else in any; `otherwise` where there is none."""
    if isinstance(text, str):
        return text or otherwise
    return text.get(language) or text.get(FALLBACK) or next((one for one in text.values() if one), otherwise)


def all_of(text: Text) -> tuple[str, ...]:
    """Give a text in all its languages."""
    return (text,) if isinstance(text, str) else tuple(text.values())
