"""What became of executions that were due in a window, counted by the database along the moments they were due."""

from datetime import timedelta

from asyncpg import Record
from chassis.database import Transaction

from crm_api.access.rights import Reach
from crm_api.reports.outages import BUCKETS, LATER, MOST, MOST_RULES, OF_WORKERS, Outage, Part, Window
from crm_api.store.rights import allowed

OUTCOMES = ("in_time", "late", "failed", "missed", "skipped", "blocked", "cancelled", "waiting")
ENDS = ("failed", "missed", "skipped", "blocked", "cancelled")
NAMES = (*BUCKETS, LATER)
DUE = (
    "SELECT t.due_at, t.body -> 'rule_set' ->> 'pipeline' AS pipeline, t.body ->> 'stage' AS stage,"
    " t.body ->> 'rule_key' AS rule, t.body ->> 'state' AS state,"
    " extract(epoch FROM coalesce(CASE WHEN t.body ->> 'action' = ANY($4::text[])"
    " OR starts_with(t.body ->> 'action', 'app:') THEN t.body ->> 'finished_at' END,"
    " t.body ->> 'dispatched_at', t.body ->> 'finished_at')::timestamptz - t.due_at)::float8 AS late"
    " FROM timeline t JOIN item i ON i.id = t.item"
    " WHERE t.due_at >= $1 AND t.due_at < $2 AND ($3 = '' OR t.body -> 'rule_set' ->> 'pipeline' = $3)"
    f" AND {allowed(7)} ORDER BY t.due_at FETCH FIRST $5 ROWS WITH TIES"
)
ENDED = " ".join(f"WHEN '{state}' THEN '{state}'" for state in ENDS)
# What is uncertain has run, whatever came of it.
TOLD = (
    f"SELECT *, CASE state {ENDED} WHEN 'succeeded' THEN ran WHEN 'uncertain' THEN ran ELSE 'waiting' END AS outcome"
    " FROM (SELECT *, CASE WHEN late <= $6::float8 THEN 'in_time' ELSE 'late' END AS ran FROM due) AS d"
)
RAN = "FILTER (WHERE outcome IN ('in_time', 'late'))"
COUNTS = ", ".join(f"count(*) FILTER (WHERE outcome = '{name}') AS {name}" for name in OUTCOMES)
EDGES = f"ARRAY[{', '.join(str(end.total_seconds()) for end in BUCKETS.values())}]::float8[]"
# The upper ends belong to their buckets: a bucket counts the ends that are below.
BUCKET = f"(SELECT count(*) FROM unnest({EDGES}) AS e WHERE e < late)"
LATE_BY = ", ".join(
    f"count(*) FILTER (WHERE outcome = 'late' AND bucket = {n}) AS late_{n}" for n in range(len(BUCKETS) + 1)
)
# However many are due at one moment: the database spills what is more than its `work_mem`, and groups are held here.
REPORT = (
    f"WITH due AS MATERIALIZED ({DUE}), told AS (SELECT *, {BUCKET} AS bucket FROM ({TOLD}) AS t)"
    f" SELECT grouping(pipeline) AS all_pipelines, grouping(rule) AS all_rules, pipeline, stage, rule, count(*) AS due,"
    f" max(due_at) AS last, {COUNTS}, {LATE_BY}, max(late) {RAN} AS most,"
    f" percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY late) {RAN} AS percentiles FROM told"
    " GROUP BY GROUPING SETS ((), (pipeline), (pipeline, stage, rule)) ORDER BY 1 DESC, 2 DESC, due DESC, 3, 4, 5"
)


async def report(tx: Transaction, window: Window, reach: Reach) -> Outage:
    """Count what became of what was due in a window, of items within a reach."""
    asked = (window.since, window.until, window.pipeline, list(OF_WORKERS), MOST + 1, window.in_time.total_seconds())
    rows = await tx.fetch(REPORT, *asked, *reach.values)
    together = next(row for row in rows if row["all_pipelines"])
    pipelines = {row["pipeline"]: part(row) for row in rows if row["all_rules"] and not row["all_pipelines"]}
    of_rules = [row for row in rows if not row["all_rules"]][:MOST_RULES]
    whole = together["due"] <= MOST
    # All that was due at the last moment is told: who asks on from `until` leaves out none and counts none twice.
    until = window.until if whole else together["last"] + timedelta(microseconds=1)
    return Outage(
        until=until,
        whole=whole,
        together=part(together),
        by_pipeline=pipelines,
        by_rule={(row["pipeline"], row["stage"], row["rule"]): part(row) for row in of_rules},
    )


def part(row: Record) -> Part:
    """Read one part of the report."""
    p50, p95 = row["percentiles"] or (None, None)
    return Part(
        due=row["due"],
        outcomes={name: row[name] for name in OUTCOMES},
        late_by={name: row[f"late_{n}"] for n, name in enumerate(NAMES)},
        most=row["most"],
        p50=p50,
        p95=p95,
    )
