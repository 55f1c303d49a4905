"""Forms of our own on any site, posted as a browser posts them; those that are defined are checked by their fields."""

from urllib.parse import parse_qsl

from automation.languages import said
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.config import Source
from contracts.forms import Form
from starlette.responses import JSONResponse, Response

from trigger_gateway import pages
from trigger_gateway.forms import submission as submissions
from trigger_gateway.forms.submission import Submission
from trigger_gateway.forms.words import ENGLISH, words
from trigger_gateway.identities import IdentityUnreadable, known_by, read_identity
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken, Told

URLENCODED = "application/x-www-form-urlencoded"
SUBMISSION = "submission"
MOST_FIELDS = 200
LONGEST_SUBMISSION = 200
Errors = list[dict[str, str]]


def read(knock: Knock, setup: Setup) -> Told:
    """Read a submission; raises a 422 problem that names every field that is missing or cannot be read.

    The hidden field `submission`, where a page sends one, makes a second press of the button the same delivery.
    """
    if knock.media_type != URLENCODED:
        raise Problem(415, "The body is not a form", detail=f"Send it as {URLENCODED}.")
    fields = read_fields(knock.body)
    form = form_of(setup.source)
    if form.fields:
        return defined(form, Submission(fields), setup)
    submission = fields.pop(SUBMISSION, "")
    check_id(submission)
    errors = missing(setup.source, fields) + normalise(setup.source, fields, setup.portal.country)
    if errors:
        raise incomplete(errors)
    return Told(
        delivery=submission or str(new_id()),
        kind=setup.source.signals or submissions.KIND,
        identities=known_by(setup.source, fields, setup.portal.country),
        payload={**unboxed(form, fields), "form": setup.source.id, **submissions.agreed(form, Submission(fields))},
    )


def form_of(source: Source) -> Form:
    """Give the form of a source; one from before forms had fields has none."""
    return Form.model_validate(source.settings)


def defined(form: Form, submission: Submission, setup: Setup) -> Told:
    """Read a submission of a form that is defined; raises a 422 problem that names every field to mend."""
    checked = submissions.check(form, setup.source, submission, setup.portal.country)
    if checked.wrong:
        told = words(ENGLISH)
        raise incomplete([{"field": key, "problem": word, "fix": told[word]} for key, word in checked.wrong.items()])
    return telling(form, submission, checked.values, setup)


def telling(form: Form, submission: Submission, values: dict[str, str], setup: Setup) -> Told:
    """Give what a submission tells whose values are right; one in the trap tells nothing, and is kept."""
    check_id(submission.id)
    return Told(
        delivery=submission.id or str(new_id()),
        kind="" if submission.trapped else submissions.kind(form, setup.source),
        identities=submissions.identities(form, setup.source, values),
        payload=submissions.told(form, setup.source, submission, values),
    )


def unboxed(form: Form, fields: dict[str, str]) -> dict[str, str]:
    """Give the fields that are no boxes of consents."""
    boxes = {submissions.box(consent.key) for consent in form.consents}
    return {name: value for name, value in fields.items() if name not in boxes}


def check_id(submission: str) -> None:
    """Refuse an id of a submission that is too long to be ours."""
    if len(submission) > LONGEST_SUBMISSION:
        raise Problem(400, "The submission id is too long", detail=f"It may have {LONGEST_SUBMISSION} characters.")


def read_fields(body: bytes) -> dict[str, str]:
    """Read the fields by name, trimmed; several values of one name become one, separated by commas."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise Problem(400, "The form is not UTF-8", detail="Send it in UTF-8, percent-encoded.") from None
    except ValueError:
        raise Problem(400, "The form has too many fields", detail=f"It may have {MOST_FIELDS}.") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        put_in(fields, name, value)
    return fields


def put_in(fields: dict[str, str], name: str, value: str) -> None:
    """Put a value to its name, behind what is there; raises a 400 problem for what is no text."""
    if "\x00" in name + value:
        raise Problem(400, "The form is not text", detail="Leave out NUL characters.")
    fields[name] = ", ".join(filter(None, (fields.get(name), value.strip())))


def missing(source: Source, fields: dict[str, str]) -> Errors:
    """Give an error for each field that the source needs and that is empty."""
    return [
        {"field": name, "problem": "is missing", "fix": "fill it in"}
        for name in source.required
        if not fields.get(name)
    ]


def normalise(source: Source, fields: dict[str, str], country: str) -> Errors:
    """Write phone and email in their one form into the fields, and give an error for each that cannot be read."""
    errors = []
    for kind, name in source.identities.items():
        if fields.get(name):
            try:
                fields[name] = read_identity(kind, fields[name], country)
            except IdentityUnreadable as error:
                errors.append({"field": name, "problem": "cannot be read", "fix": str(error)})
    return errors


def incomplete(errors: Errors) -> Problem:
    """Give the problem that names all wrong fields at once."""
    problem = Problem(422, "The form is not complete")
    problem.errors = errors
    return problem


def answer(knock: Knock, setup: Setup, taken: Taken) -> Response:
    """Thank the person, or tell the program; a used submission id with other values is refused."""
    if taken.outcome == "quarantined":
        return refuse(knock, Problem(409, "This form was sent before", detail="Load it again to send other values."))
    if knock.wants_page:
        return pages.thanks(said(form_of(setup.source).thanks, setup.portal.language))
    return JSONResponse({"status": "received", "signal": str(taken.signal)})


def refuse(knock: Knock, problem: Problem) -> Response:
    """Show a person, or tell a program, what to mend."""
    return pages.refused(problem) if knock.wants_page else problem.response()


SOURCE = SourceKind("form", read, answer, refuse, retell=read)
