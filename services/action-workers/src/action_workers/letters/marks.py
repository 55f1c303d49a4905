"""What a letter carries to be known again: its Message-ID, its links and picture, and the way to unsubscribe."""

from dataclasses import dataclass, replace

import msgspec
from chassis.signing import Signer
from contracts.letters import TAG, Kind, Mark, signed_part, write_message_id

from action_workers.effect import Effect
from action_workers.letters.links import rewritten, with_pixel
from action_workers.letters.writing import Writing

PATHS: dict[Kind, str] = {"view": "o", "link": "l", "unsubscribe": "u"}


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one effect's letter; `signer` None or no public address: it carries none."""

    effect: Effect
    signer: Signer | None
    public_url: str

    def message_id(self, domain: str) -> str:
        """Give the letter's Message-ID, which stays the same however often it is sent."""
        effect = self.effect
        if self.signer is None:
            return f"<{effect.id}@{domain}>"
        tag = self.signer.tag(signed_part(effect.id, effect.item), TAG)
        return write_message_id(effect.id, effect.item, tag, domain)

    def tracked(self, writing: Writing) -> Writing:
        """Give the letter with links that lead by us and the picture that tells of an opening."""
        if not self._can_mark:
            return writing

        def lead(number: int, url: str) -> str:
            return self._address(self._mark("link", number=number, url=url))

        html = rewritten(writing.html, lead)
        return replace(writing, html=with_pixel(html, self._address(self._mark("view"))))

    def unsubscribe(self) -> str:
        """Give where the reader unsubscribes, empty where it is nobody of the clients."""
        recipient = self.effect.recipient
        if not self._can_mark or recipient.contact is None:
            return ""
        return self._address(self._mark("unsubscribe", contact=recipient.contact, address=recipient.address))

    @property
    def _can_mark(self) -> bool:
        return self.signer is not None and bool(self.public_url)

    def _mark(self, kind: Kind, **more: object) -> Mark:
        mark = Mark(kind, self.effect.id, self.effect.item, str(self.effect.params.get("rule", "")))
        return msgspec.structs.replace(mark, **more)

    def _address(self, mark: Mark) -> str:
        assert self.signer is not None  # noqa: S101  asked before
        return f"{self.public_url.rstrip('/')}/m/{PATHS[mark.kind]}/{self.signer.token(mark.write())}"
