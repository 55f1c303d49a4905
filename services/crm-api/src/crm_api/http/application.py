"""The HTTP application of crm-api: its routers, in one list."""

from automation.knowledge import Knowledge
from chassis.process import Process
from fastapi import FastAPI

from crm_api import signing_in
from crm_api.http import (
    bulk,
    api_keys,
    audit,
    config,
    contract,
    conversions,
    documents,
    executions,
    exports,
    files,
    goods,
    items,
    jobs,
    lists,
    pipelines,
    products,
    refusals,
    signals,
    tasks,
    timeline,
)

ROUTERS = (
    items.router,
    conversions.router,
    goods.router,
    products.router,
    lists.router,
    timeline.router,
    signals.router,
    bulk.router,
    executions.router,
    tasks.router,
    documents.router,
    files.router,
    jobs.router,
    exports.router,
    pipelines.router,
    config.router,
    api_keys.router,
    audit.router,
)
DESCRIPTION = "The record and the control room: items, pipelines, rules, timelines."


def application(process: Process[Knowledge]) -> FastAPI:
    """Make the application of a process."""
    app = process.application(DESCRIPTION)
    app.state.process = process
    signing_in.install(app, process)
    refusals.install(app)
    for router in ROUTERS:
        app.include_router(router, responses=contract.RESPONSES)
    contract.describe(app)
    return app
