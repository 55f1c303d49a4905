"""Where the reading of each mailbox stands, letters that could not be read, and what senders use once."""

from chassis.migrations import run

revision = "0005"
down_revision = "0004"

MAILBOX = (
    "CREATE TABLE mailbox (source text PRIMARY KEY, folder text NOT NULL, validity bigint NOT NULL,"
    " last bigint NOT NULL, again bigint NOT NULL DEFAULT 0, began_at timestamptz NOT NULL,"
    " read_at timestamptz NOT NULL)"
)
UNREAD = (
    "CREATE TABLE unread_letter (source text NOT NULL, validity bigint NOT NULL, uid bigint NOT NULL,"
    " reason text NOT NULL, raw bytea NOT NULL, received_at timestamptz NOT NULL, PRIMARY KEY (source, validity, uid))"
)
NONCE = (
    "CREATE TABLE nonce (source text NOT NULL, nonce text NOT NULL, delivery text NOT NULL, digest text NOT NULL,"
    " used_at timestamptz NOT NULL, PRIMARY KEY (source, nonce))"
)


def upgrade() -> None:
    """Make the tables; old nonces and letters are found by their age."""
    run(MAILBOX, UNREAD, NONCE)
    run("CREATE INDEX nonce_age ON nonce (used_at)")
    run("CREATE INDEX unread_letter_age ON unread_letter (received_at)")
