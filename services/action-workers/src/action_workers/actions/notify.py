"""notify: a person is told something inside the CRM."""

from contracts.data import Part

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.providers.crm import Crm


class Notify(Part):
    """What is to be said, and in whose name."""

    text: str
    sender: str = ""


async def notify(errand: Errand[Notify, Crm]) -> Sent:
    """Tell it; the notice's id is the effect's, so that a second time tells nothing new."""
    effect, params = errand.effect, errand.params
    notice = {
        "id": str(effect.id),
        "person": effect.recipient.address,
        "item": str(effect.item),
        "text": params.text,
        "sender": params.sender,
    }
    await errand.provider.create_notice(notice)
    return Sent(str(effect.id))


ACTION = Action("notify", "notification", Notify, Crm, notify, attempts=20, repeatable=True)
