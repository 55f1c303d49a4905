"""What rule-scheduler needs to know of its deployment; the only place here that reads the environment."""

from datetime import timedelta

from chassis.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """The settings of rule-scheduler, from variables that begin with `RULE_SCHEDULER_` and those that all share.

    `max_staleness`: how old its knowledge may be while timers fire. `tick`: the longest sleep between looks at the
    timers, in seconds; `fire_tick`: at those of executions, so that what another process plans for at once is not late.
    `look_again`: when what is paused or unread is looked at again, though nothing announced it.
    """

    model_config = SettingsConfigDict(env_prefix="RULE_SCHEDULER_")

    max_staleness: timedelta = timedelta(seconds=60)
    tick: float = Field(0.25, gt=0)
    fire_tick: float = Field(0.02, gt=0)
    look_again: timedelta = timedelta(seconds=30)
