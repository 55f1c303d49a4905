"""The statuses of tasks, as the analysis of filters knows them."""

from typing import get_args
from uuid import uuid4

from automation.analysis.payloads import STATUS_KEYS, STATUSES
from automation.testing import NOW, deal
from crm_api.tasks.changing import signal_of
from crm_api.tasks.task import Task, TaskStatus


def test_a_filter_may_ask_for_each_status_that_a_task_has_where_its_signal_says_it() -> None:
    assert frozenset(get_args(TaskStatus)) == STATUSES
    item = deal()
    before = Task(id=uuid4(), item=item.id, title="Pack", created_at=NOW)
    told = signal_of(before, before.model_copy(update={"status": "done"}), item, "", NOW).payload
    assert {key for key, value in told.items() if value in STATUSES} == STATUS_KEYS
