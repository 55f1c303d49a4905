"""Files in the fields of items: what a field names must be kept."""

from collections.abc import Sequence

from automation.knowledge import Knowledge
from chassis.database import Transaction

from crm_api.fields import FieldError, several
from crm_api.items import Draft
from crm_api.store import files as stored_files


async def check_files(tx: Transaction, knowledge: Knowledge, drafts: Sequence[Draft]) -> None:
    """Refuse an item that names a file that is not kept; raises `FieldError`."""
    wanted: dict[str, str] = {}
    for draft in drafts:
        known = knowledge.fields(draft.item.type)
        for key, change in draft.changed.items():
            if key in known and known[key].kind == "file":
                wanted |= dict.fromkeys(several(change.new), key)
    if not wanted:
        return
    for missing in wanted.keys() - await stored_files.kept(tx, wanted):
        fix = "put its bytes to /v1/files and send the hash of the answer"
        raise FieldError(f"fields.{wanted[missing]}", f"no file {missing} is kept", fix)
