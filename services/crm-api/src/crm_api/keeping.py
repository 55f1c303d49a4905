"""What is kept beside the items themselves whenever some of them change; each keeper is told once, at the end."""

from collections.abc import Awaitable, Callable, Sequence

from automation.knowledge import Knowledge
from chassis.database import Transaction

from crm_api.items import Draft

# A keeper gets the items that changed, each with what it was before; it may refuse with a `FieldError`.
Keeper = Callable[[Transaction, Knowledge, Sequence[Draft]], Awaitable[None]]
KEEPERS: tuple[Keeper, ...] = ()
