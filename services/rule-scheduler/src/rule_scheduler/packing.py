"""What a desk says, made ready to travel."""

from collections.abc import Callable
from datetime import datetime

from automation.desk.said import Said, Unsayable
from chassis.errors import Rejected
from chassis.outbox import About, Outbox, Parcel


def packer(outbox: Outbox, now: datetime) -> Callable[[Said], Parcel]:
    """Give what packs messages of this moment; it raises `Unsayable` for one that is too large."""

    def pack(said: Said) -> Parcel:
        about = About(at=now, cause=said.cause, persons=said.persons)
        try:
            return outbox.parcel(outbox.message(said.topic, said.item, said.data, about))
        except Rejected as error:
            raise Unsayable(error.reason) from error

    return pack
