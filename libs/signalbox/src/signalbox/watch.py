"""`signalbox watch`: a process that shows, as metrics, what no single process of a service knows."""

import click
from chassis import lifecycle, telemetry

from signalbox.settings import Settings
from signalbox.watching.looking import Looking


@click.command()
@click.pass_obj
def watch(settings: Settings) -> None:
    """Serve lag, dead letters, late timers, effects in doubt and closed accounts under /metrics."""
    telemetry.configure_logs("signalbox", settings.log_level)
    lifecycle.main(Looking(settings).run)
