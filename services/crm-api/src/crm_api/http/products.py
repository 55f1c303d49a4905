"""Products over HTTP: made, read, changed, deleted, searched."""

from typing import Annotated, Any
from uuid import UUID

from chassis.ids import new_id
from chassis.problems import Problem
from fastapi import APIRouter, Query, Response
from fastapi import Body as Sent
from pydantic import Field

from crm_api.fields import FieldError
from crm_api.goods.products import NewProduct, Product, ProductPatch
from crm_api.http.addresses import ProductId
from crm_api.http.asking import Body, ByPerson
from crm_api.store import products as store

router = APIRouter(prefix="/v1/products", tags=["products"])
FIRST = ("", UUID(int=0))
OAK: dict[str, Any] = {"sku": "OAK-1", "name": "Oak table", "unit": "piece", "price": "1200.00 EUR", "tax": "23"}


class Search(Body):
    """Which products to list: `q` is a part of the name, or how the number begins; `after` is the `next` before."""

    q: str = Field("", max_length=100, examples=["oak"])
    active: bool = False
    after: str = Field("", max_length=1000)
    limit: int = Field(100, ge=1, le=1000)


class ProductsPage(Body):
    """A part of a list, by name; `next` is what to send as `after` for the following part."""

    items: list[Product]
    next: str | None


@router.post("", status_code=201)
async def create(
    body: Annotated[NewProduct, Sent(openapi_examples={"table": {"value": OAK}})], request: ByPerson, response: Response
) -> Product:
    """Make a product."""
    async with request.transaction() as tx:
        request.rights.require_admin("change", "products")
        product = Product(id=new_id(), **dict(body))
        if not await store.add(tx, product):
            raise taken(product)
    response.headers["Location"] = f"/v1/products/{product.id}"
    return product


@router.get("")
async def search(which: Annotated[Search, Query()], request: ByPerson) -> ProductsPage:
    """List products by name, those that fit a search."""
    async with request.transaction() as tx:
        found = await store.found(tx, which.q, cursor(which.after), which.limit, active=which.active)
    follows = f"{found[-1].id}/{found[-1].name}" if len(found) == which.limit else None
    return ProductsPage(items=found, next=follows)


@router.get("/{product_id}")
async def read(product_id: ProductId, request: ByPerson) -> Product:
    """Give a product."""
    async with request.transaction() as tx:
        product = (await store.load(tx, [product_id])).get(product_id)
    if product is None:
        raise unknown(product_id)
    return product


@router.patch("/{product_id}")
async def change(
    product_id: ProductId,
    body: Annotated[ProductPatch, Sent(openapi_examples={"price": {"value": {"price": "1250.00 EUR"}}})],
    request: ByPerson,
) -> Product:
    """Change a product; rows of goods that name it stay what they were."""
    async with request.transaction() as tx:
        request.rights.require_admin("change", "products")
        before = await store.lock(tx, product_id)
        if before is None:
            raise unknown(product_id)
        product = body.of(before)
        if not await store.change(tx, product):
            raise taken(product)
    return product


@router.delete("/{product_id}", status_code=204)
async def delete(product_id: ProductId, request: ByPerson) -> None:
    """Delete a product that was never sold."""
    async with request.transaction() as tx:
        request.rights.require_admin("change", "products")
        if await store.lock(tx, product_id) is None:
            raise unknown(product_id)
        if await store.sold(tx, product_id):
            fix = "set `active` to false, so that it is sold no more"
            raise Problem(409, "The product was sold", detail="rows of goods name it", field="product_id", fix=fix)
        await store.delete(tx, product_id)


def cursor(after: str) -> tuple[str, UUID]:
    """Read the place behind which a part of a list begins; raises `FieldError`."""
    if not after:
        return FIRST
    id_, _, name = after.partition("/")
    try:
        return name, UUID(id_)
    except ValueError:
        raise FieldError("after", f"{after!r} is no place in the list", "send the `next` of the part before") from None


def taken(product: Product) -> FieldError:
    """Say that another product has its number."""
    return FieldError("sku", f"another product has the number {product.sku!r}", "send another one")


def unknown(product: UUID) -> Problem:
    """Say that there is no such product."""
    return Problem(404, "There is no such product", detail=f"no product has the id {product}")
