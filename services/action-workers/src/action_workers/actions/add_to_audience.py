"""add-to-audience: a contact's email and phone, hashed, to an audience of an ad platform."""

from chassis.errors import Rejected
from contracts.data import Part

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.hashing import hashed, normalised_email, normalised_phone
from action_workers.providers.meta import Meta


class AddToAudience(Part):
    """Only these two identifiers leave the system, and only as hashes."""

    audience: str
    email: str = ""
    phone: str = ""


async def add_to_audience(errand: Errand[AddToAudience, Meta]) -> Sent:
    """Add the contact."""
    params = errand.params
    hashes = {"EMAIL": hashed(normalised_email(params.email)), "PHONE": hashed(normalised_phone(params.phone))}
    known = {name: value for name, value in hashes.items() if value}
    if not known:
        raise Rejected("neither the contact's email nor the phone can be used; the phone needs its country code")
    return await errand.provider.add(params.audience, known, errand.effect.id)


ACTION = Action("add-to-audience", "ad-audience", AddToAudience, Meta, add_to_audience, timeout=30.0, repeatable=True)
