"""Files in the fields of items: what a field names must be kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from automation.knowledge import Knowledge
from chassis.database import Transaction

from crm_api.fields import FieldError, several
from crm_api.record.items import Draft
from crm_api.store import files as stored_files


async def check_files(tx: Transaction, knowledge: Knowledge, drafts: Sequence[Draft]) -> None:
    """Refuse an item that names a file that is not kept; raises `FieldError`."""
    for draft in drafts:
        values = {key: change.new for key, change in draft.changed.items()}
        for error in (await missing_files(tx, knowledge, draft.item.type, values)).values():
            raise error


async def missing_files(
    tx: Transaction, knowledge: Knowledge, type_: str, values: Mapping[str, Any]
) -> dict[str, FieldError]:
    """Give, by field, what is wrong with values that name files that are not kept."""
    known = knowledge.fields(type_)
    wanted = {
        hash_: key for key in values if key in known and known[key].kind == "file" for hash_ in several(values[key])
    }
    if not wanted:
        return {}
    fix = "put its bytes to /v1/files and send the hash of the answer"
    missing = wanted.keys() - await stored_files.kept(tx, wanted)
    return {wanted[hash_]: FieldError(f"fields.{wanted[hash_]}", f"no file {hash_} is kept", fix) for hash_ in missing}
