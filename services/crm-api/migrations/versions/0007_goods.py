"""Products, the rows of goods of items, and what contacts that were merged were known by."""

from chassis.migrations import run

revision = "0007"
down_revision = "0006"

PRODUCTS = (
    """
    CREATE TABLE product (
        id uuid PRIMARY KEY,
        sku text NOT NULL UNIQUE,
        name text NOT NULL,
        unit text NOT NULL,
        price numeric NOT NULL,
        currency text NOT NULL,
        tax numeric NOT NULL,
        tax_included boolean NOT NULL,
        active boolean NOT NULL
    )
    """,
    "CREATE INDEX product_name ON product (lower(name), id)",
)
GOODS = (
    # What stands in the amount field of the item is its gross, so it is kept where a keeper finds it by one key.
    """
    CREATE TABLE goods (
        item uuid PRIMARY KEY REFERENCES item,
        currency text NOT NULL,
        gross numeric NOT NULL
    )
    """,
    """
    CREATE TABLE goods_row (
        item uuid NOT NULL REFERENCES goods ON DELETE CASCADE,
        position int NOT NULL,
        product uuid REFERENCES product,
        name text NOT NULL,
        quantity numeric NOT NULL,
        unit text NOT NULL,
        price numeric NOT NULL,
        percent_off numeric,
        amount_off numeric,
        tax numeric NOT NULL,
        tax_included boolean NOT NULL,
        PRIMARY KEY (item, position)
    )
    """,
    "CREATE INDEX goods_row_product ON goods_row (product) WHERE product IS NOT NULL",
)
# A merged contact is found by what the other one was known by, whatever its own fields say later.
MERGED = ("ALTER TABLE identity ADD COLUMN merged boolean NOT NULL DEFAULT false",)


def upgrade() -> None:
    """Make the tables."""
    run(*PRODUCTS, *GOODS, *MERGED)
