"""Posts on the stream of an item or of the company, and what people say to them."""

from chassis.migrations import run

revision = "0016"
down_revision = "0015"

FEED = (
    # `author` is the person who may edit it, empty where a rule posted in its own name; `people` may read it.
    """
    CREATE TABLE feed_post (
        id uuid PRIMARY KEY,
        item uuid,
        text text NOT NULL,
        author text NOT NULL,
        sender text NOT NULL,
        people text[] NOT NULL,
        everyone boolean NOT NULL,
        at timestamptz NOT NULL,
        edited_at timestamptz,
        deleted_at timestamptz
    )
    """,
    "CREATE INDEX feed_post_item ON feed_post (item, at DESC, id DESC) WHERE deleted_at IS NULL",
    "CREATE INDEX feed_post_at ON feed_post (at DESC, id DESC) WHERE deleted_at IS NULL",
    """
    CREATE TABLE feed_comment (
        id uuid PRIMARY KEY,
        post uuid NOT NULL REFERENCES feed_post,
        text text NOT NULL,
        author text NOT NULL,
        at timestamptz NOT NULL,
        edited_at timestamptz,
        deleted_at timestamptz
    )
    """,
    "CREATE INDEX feed_comment_post ON feed_comment (post, at, id)",
)


def upgrade() -> None:
    """Make the tables."""
    run(*FEED)
