"""What readers of our letters ask for."""

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database
from chassis.secrets import Sealer
from starlette.routing import Route

from trigger_gateway.deliveries import Deliveries
from trigger_gateway.letters.following import Following
from trigger_gateway.refusals import counted


def for_readers(
    database: Database, config: ConfigCopy[Knowledge], deliveries: Deliveries, sealer: Sealer
) -> tuple[Route, ...]:
    """Give the paths that letters of ours lead to."""
    following = Following(database, config, deliveries, sealer)
    return (
        Route("/m/o/{token}", counted("letters", following.view), methods=["GET"]),
        Route("/m/l/{token}", counted("letters", following.follow), methods=["GET"]),
        Route("/m/u/{token}", counted("letters", following.ask), methods=["GET"]),
        Route("/m/u/{token}", counted("letters", following.unsubscribe), methods=["POST"]),
    )
