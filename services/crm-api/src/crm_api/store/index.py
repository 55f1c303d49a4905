"""By what items are found: their values in the order of their kinds, and their words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction, Write

ROWS = "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[])"
ADD = f"INSERT INTO field_value (type, field, key, item) {ROWS} ON CONFLICT DO NOTHING"
REMOVE = f"DELETE FROM field_value WHERE (type, field, key, item) IN ({ROWS})"
PUT = (
    "INSERT INTO item_index (item, type, keys, words)"
    " SELECT i, t, k, array_to_tsvector(string_to_array(w, ' '))"
    " FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[]) AS u(i, t, k, w)"
    " ON CONFLICT (item) DO UPDATE SET keys = excluded.keys, words = excluded.words"
)
FORGET = "DELETE FROM item_index WHERE item = ANY($1::uuid[])"
HAD = (
    "SELECT x.type, f.key AS field, k.key, x.item FROM item_index x, jsonb_each(x.keys) AS f,"
    " jsonb_array_elements_text(f.value) AS k(key) WHERE x.item = ANY($1::uuid[])"
)

KeyRow = tuple[str, str, str, UUID]


@dataclass(frozen=True, slots=True)
class Face:
    """By what one item is found: the keys of its values by field, and its words."""

    item: UUID
    type: str
    keys: Mapping[str, Sequence[str]]
    words: Sequence[str]

    @property
    def rows(self) -> dict[KeyRow, None]:
        """Give the keys as rows."""
        return dict.fromkeys((self.type, field, key, self.item) for field, own in self.keys.items() for key in own)


Kept = tuple[Face | None, Face]


async def keep(tx: Transaction, before: Face | None, after: Face) -> None:
    """Put one face in the place of another, at the end of the transaction."""
    tx.collect(PUT, written).append((before, after))


async def put(tx: Transaction, faces: Sequence[Face]) -> None:
    """Put faces in the place of whatever is kept of their items, at the end of the transaction."""
    had: dict[UUID, dict[str, list[str]]] = {}
    for row in await tx.fetch(HAD, [face.item for face in faces]):
        had.setdefault(row["item"], {}).setdefault(row["field"], []).append(row["key"])
    for face in faces:
        await keep(tx, Face(face.item, face.type, had.get(face.item, {}), ()), face)


def written(kept: list[Kept]) -> Iterable[Write]:
    """Give the writes of all faces of a transaction."""
    yield from _values(kept)
    yield from _items(kept)


def _values(kept: Sequence[Kept]) -> Iterator[Write]:
    removed: list[KeyRow] = []
    added: list[KeyRow] = []
    for before, after in kept:
        had, has = before.rows if before else {}, after.rows
        removed += [row for row in had if row not in has]
        added += [row for row in has if row not in had]
    if removed:
        yield REMOVE, tuple(zip(*removed, strict=True))
    if added:
        yield ADD, tuple(zip(*added, strict=True))


def _items(kept: Sequence[Kept]) -> Iterator[Write]:
    found = [(after.item, after.type, after.keys, " ".join(after.words)) for _, after in kept if after.keys]
    gone = [after.item for _, after in kept if not after.keys]
    if found:
        yield PUT, tuple(zip(*found, strict=True))
    if gone:
        yield FORGET, (gone,)
