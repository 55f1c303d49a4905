"""create-task: something for a person, or for any one with a role or of a department, to do by a deadline."""

from automation.actions.action import Action, Params, People, Span, Text


class CreateTask(Params):
    """`deadline` is an interval from dispatch, such as `1 working day`."""

    to: People = "responsible"
    title: Text
    text: Text = ""
    deadline: Span = None


ACTION = Action("create-task", "task", "person", "reversible", CreateTask, results=("id", "url"))
