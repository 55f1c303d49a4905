"""create-task: something for a person, or for any one with a role or of a department, to do by a deadline."""

from contracts.data import Part

from action_workers.actions.action import Action, Errand
from action_workers.answers import Sent
from action_workers.providers.crm import Crm

GROUPS = ("role", "department")


class CreateTask(Part):
    """What is to be done; the deadline is a moment in ISO 8601."""

    title: str
    text: str = ""
    deadline: str | None = None


async def create_task(errand: Errand[CreateTask, Crm]) -> Sent:
    """Make the task; its id is the effect's, so that a second time makes nothing new."""
    effect, params = errand.effect, errand.params
    way, whom = effect.recipient.whom.partition(":")[0], effect.recipient.address
    task = {
        "id": str(effect.id),
        "item": str(effect.item),
        "title": params.title,
        "description": params.text,
        "execution": str(effect.execution),
        "assignee": None if way in GROUPS else whom,
        "role": whom if way == "role" else None,
        "department": whom if way == "department" else None,
        "deadline": params.deadline,
    }
    await errand.provider.create_task(task)
    return Sent(str(effect.id), {"id": str(effect.id), "url": f"/v1/tasks/{effect.id}"})


ACTION = Action("create-task", "task", CreateTask, Crm, create_task, attempts=20, repeatable=True)
