"""What is kept beside the items themselves whenever some of them change; each keeper is told once, at the end."""

from collections.abc import Awaitable, Callable, Sequence

from automation.knowledge import Knowledge
from chassis.database import Transaction

from crm_api.activities.auto_completing import keep_completed
from crm_api.goods.checking import check_amounts
from crm_api.lists.indexing import keep_index
from crm_api.lists.totals import keep_totals
from crm_api.record.attaching import check_files
from crm_api.record.items import Draft
from crm_api.record.known_contacts import keep_known
from crm_api.record.uniqueness import check_unique

# A keeper gets the items that changed, each with what it was before.
Keeper = Callable[[Transaction, Knowledge, Sequence[Draft]], Awaitable[None]]
# These may refuse with a `FieldError`: they are asked first, before anything is written.
CHECKERS: tuple[Keeper, ...] = (check_amounts, check_files, check_unique)
KEEPERS: tuple[Keeper, ...] = (keep_known, keep_totals, keep_index, keep_completed)
