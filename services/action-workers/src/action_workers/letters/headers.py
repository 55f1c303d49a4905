"""How headers of a letter are written: the library folds what it encodes so that blanks come and go inside of words."""

from email.header import Header
from email.headerregistry import HeaderRegistry, UniqueAddressHeader, UniqueUnstructuredHeader, UnstructuredHeader
from email.policy import Policy

# No line of a letter is longer than 998 (RFC 5322); so long a word, or a name, still has room for what stands before.
LONGEST_WORD, LONGEST_NAME = 70, 600
LONGEST_LINE = 76


class OneAddress(UnstructuredHeader):
    """A header that holds an address, which mail programs know only on one line and as it is (RFC 2369)."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Write it on one line."""
        return f"{self.name}: {self}{policy.linesep}"


class Subject(UniqueUnstructuredHeader):
    """A subject, in encoded words where it is not in ASCII."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Write it on as many lines as it needs."""
        text = str(self)
        plain = text.isascii() and all(len(word) <= LONGEST_WORD for word in text.split())
        written = Header(text, "us-ascii" if plain else "utf-8", header_name=self.name)
        return f"{self.name}: {written.encode(linesep=policy.linesep)}{policy.linesep}"


class Mailbox(UniqueAddressHeader):
    """One person's name, in encoded words where it is not in ASCII, and address."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Write the name on as many lines as it needs, and the address behind it."""
        (one,) = self.addresses
        if one.display_name.isascii() and len(one.display_name) <= LONGEST_NAME:
            return f"{self.name}: {one}{policy.linesep}"
        name = Header(one.display_name, "utf-8", header_name=self.name).encode(linesep=policy.linesep)
        written, address = f"{self.name}: {name}", f" <{one.addr_spec}>"
        fits = len(written.rpartition(policy.linesep)[2]) + len(address) <= LONGEST_LINE
        return f"{written}{'' if fits else policy.linesep}{address}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type("list-unsubscribe", OneAddress)  # type: ignore[arg-type]  # it is mixed with the base class there
HEADERS.map_to_type("subject", Subject)  # type: ignore[arg-type]  # as above
HEADERS.map_to_type("from", Mailbox)  # type: ignore[arg-type]  # as above
HEADERS.map_to_type("to", Mailbox)  # type: ignore[arg-type]  # as above
