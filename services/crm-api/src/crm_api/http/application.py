"""The HTTP application of crm-api: its routers, in one list."""

from automation.knowledge import Knowledge
from chassis.process import Process
from fastapi import FastAPI

from crm_api.access import signing_in
from crm_api.http import (
    activities,
    api_keys,
    apps,
    assignments,
    audit,
    boards,
    bookings,
    bulk,
    calendars,
    catalogue,
    company_files,
    config,
    consents,
    contract,
    conversations,
    conversions,
    documents,
    drafts,
    duplicates,
    erasures,
    executions,
    exports,
    feed,
    files,
    goods,
    history,
    imports,
    items,
    jobs,
    links,
    lists,
    loops,
    many,
    notices,
    papers,
    pipelines,
    products,
    questions,
    refusals,
    reminders,
    reports,
    rules,
    signals,
    simulations,
    sources,
    stages,
    standing,
    tasks,
    timeline,
    types,
    versions,
    visits,
    yaml_files,
)

ROUTERS = (
    items.router,
    links.router,
    many.router,
    assignments.router,
    history.router,
    conversions.router,
    duplicates.router,
    consents.router,
    visits.router,
    goods.router,
    products.router,
    lists.router,
    timeline.router,
    signals.router,
    loops.router,
    erasures.router,
    bulk.router,
    executions.router,
    reports.router,
    tasks.router,
    activities.router,
    reminders.router,
    calendars.router,
    calendars.people,
    questions.router,
    conversations.router,
    notices.router,
    documents.router,
    papers.router,
    feed.router,
    bookings.router,
    files.router,
    jobs.router,
    exports.router,
    imports.router,
    drafts.router,
    versions.router,
    simulations.router,
    rules.router,
    rules.one,
    standing.router,
    yaml_files.router,
    yaml_files.drafts,
    company_files.router,
    catalogue.router,
    apps.router,
    stages.router,
    boards.router,
    pipelines.router,
    config.router,
    sources.router,
    types.router,
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
        app.include_router(router, responses=contract.RESPONSES, generate_unique_id_function=contract.operation_id)
    app.include_router(calendars.public)
    contract.describe(app)
    return app
