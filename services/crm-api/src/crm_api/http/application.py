"""The HTTP application of crm-api: its routers, in one list."""

from automation.knowledge import Knowledge
from chassis.process import Process
from fastapi import FastAPI

from crm_api.http import (
    config,
    contract,
    conversions,
    documents,
    executions,
    files,
    items,
    lists,
    pipelines,
    refusals,
    tasks,
    timeline,
)

ROUTERS = (
    items.router,
    conversions.router,
    lists.router,
    timeline.router,
    executions.router,
    tasks.router,
    documents.router,
    files.router,
    pipelines.router,
    config.router,
)
DESCRIPTION = "The record and the control room: items, pipelines, rules, timelines."


def application(process: Process[Knowledge]) -> FastAPI:
    """Make the application of a process."""
    app = process.application(DESCRIPTION)
    app.state.process = process
    refusals.install(app)
    for router in ROUTERS:
        app.include_router(router, responses=contract.RESPONSES)
    contract.describe(app)
    return app
