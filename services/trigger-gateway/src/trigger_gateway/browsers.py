"""What browsers ask for: the pages and scripts of forms, and of visits."""

import httpx
from automation.knowledge import Knowledge
from chassis.process import Process
from chassis.secrets import Sealer
from starlette.routing import Route

from trigger_gateway.deliveries import Deliveries
from trigger_gateway.forms.serving import Forms
from trigger_gateway.knock_rates import KnockRates
from trigger_gateway.knocks import Bounds
from trigger_gateway.refusals import counted
from trigger_gateway.settings import Settings
from trigger_gateway.visits.knowing import Visitors
from trigger_gateway.visits.serving import Visits


def for_browsers(
    process: Process[Knowledge], settings: Settings, crm: httpx.AsyncClient, deliveries: Deliveries
) -> tuple[Route, ...]:
    """Give the paths that browsers ask for."""
    database, config = process.database, process.config
    bounds = Bounds(settings.body_limit, settings.body_seconds)
    visitors = Visitors(Sealer(settings.secret_key))
    often = KnockRates(settings.knocks_per_minute)
    forms = Forms(database, config, deliveries, visitors, crm, bounds=bounds, rates=often)
    visits = Visits(database, config, deliveries, seconds=bounds.seconds, rates=KnockRates(settings.knocks_per_minute))
    return (
        Route("/f/{source}/{token}", counted("forms", forms.show), methods=["GET"]),
        Route("/f/{source}/{token}", counted("forms", forms.submit), methods=["POST"]),
        Route("/f/{source}/{token}/embed.js", counted("forms", forms.script), methods=["GET"]),
        Route("/v.js", counted("visits", visits.script), methods=["GET"]),
        Route("/v/{source}/{token}", counted("visits", visits.receive), methods=["POST"]),
    )
