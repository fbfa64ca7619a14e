"""Searches of runs: a grid of filters and orders over the same runs."""

import math

import mlflow
from harness import scenario
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.tracking import MlflowClient

RUNS = [
    # name, params, metrics, tags, status
    ("a1", {"lr": "0.1", "model": "tree"}, {"auc": 0.5, "loss": 1.0}, {"team": "red"}, "FINISHED"),
    ("a2", {"lr": "0.01", "model": "Tree"}, {"auc": 0.9, "loss": -1.5}, {"team": "blue"}, "FAILED"),
    ("b1", {"lr": "10"}, {"auc": math.nan}, {"team": "Red", "a b": "space"}, "RUNNING"),
    ("B2", {"model": "net%"}, {"auc": 1e308, "loss": 0.0}, {}, "KILLED"),
    ("b_3", {"lr": "", "model": "ünet"}, {}, {"team": ""}, "SCHEDULED"),
    (
        "c",
        {"lr": "0.1", "a b": "x"},
        {"auc": 0.5, "a b": 1e-9, "loss": 3},
        {"team": "red"},
        "FINISHED",
    ),
    ("'quoted'", {"lr": "it's"}, {"auc": -0.5}, {"team": 'say "hi"'}, "FINISHED"),
]

FILTERS = """
metrics.auc > 0.4
metrics.auc >= 0.5
metrics.auc < 0.9
metrics.auc <= -0.5
metrics.auc = 0.5
metrics.auc != 0.5
metric.auc > 0.4 and metrics.loss < 2
metrics.loss < 0
metrics.loss > -1.5
metrics.`a b` < 1e-8
metrics."a b" > 0
metrics.nothing > 0
metrics.auc > 1e400
metrics.auc > 'text'
metrics.auc LIKE '0%'
metrics.auc IN (0.5)
metrics.auc IS NULL
metrics.auc IS NOT NULL
params.lr = '0.1'
params.lr != '0.1'
params.lr = "0.1"
params.lr > '0.05'
params.lr LIKE '0%'
params.lr ILIKE 'IT%'
params.lr = 0.1
params.lr = ''
params.lr = 'it''s'
params.lr = "it's"
parameter.lr = '10'
param.lr = '10'
params.model LIKE 't%'
params.model ILIKE 't%'
params.model LIKE '%e%'
params.model LIKE 'net%'
params.model LIKE '_ree'
params.model ILIKE 'ÜNET'
params.model = 'ünet'
params.`a b` = 'x'
params.lr IS NULL
params.lr IS NOT NULL
params.lr IN ('0.1', '10')
tags.team = 'red'
tags.team != 'red'
tag.team ILIKE 'RED'
tags.team LIKE 'r%'
tags.`a b` = 'space'
tags.team = ''
tags.team = 'say "hi"'
tags.team IS NULL
tags.team IS NOT NULL
tags.mlflow.runName = 'a1'
tags.`mlflow.runName` LIKE 'b%'
attributes.status = 'FINISHED'
attributes.status != 'FINISHED'
attribute.status LIKE 'F%'
attr.status = 'finished'
status = 'RUNNING'
attributes.run_name = 'a1'
run_name LIKE 'b%'
run_name ILIKE 'b%'
run_name LIKE 'b_3'
run_name != 'a1'
attributes.`run name` = 'c'
`Run name` = 'c'
attributes.start_time > 1003
attributes.start_time = 1001
attributes.start_time <= 1002
start_time != 1000
attributes.created > 1003
attributes.end_time > 0
attributes.end_time < 5000
attributes.user_id = 'ada'
attributes.`User` = 'ada'
attributes.artifact_uri LIKE 's3:%'
attributes.lifecycle_stage = 'active'
attributes.run_id = 'nobody'
run_id IN ('x', 'y')
run_id NOT IN ('x')
attributes.run_id IN ()
attributes.status IN ('RUNNING', 'FAILED')
attributes.run_name IN ('a1', "c")
attributes.run_name NOT IN ('a1', 'c')
attributes.nowhere = 'x'
attributes.start_time = 'x'
attributes.start_time LIKE '1%'
params.lr = '0.1' AND metrics.auc > 0.1 AND tags.team = 'red'
params.lr = '0.1' OR params.lr = '10'
NOT params.lr = '0.1'
(params.lr = '0.1')
params.lr = '0.1' AND
params.lr
params.lr =
lr = '0.1'
metrics.auc > 0.1;
metrics.auc > 0.1; metrics.auc > 0.2
other.x = '1'
metrics.auc == 0.5
metrics.auc <> 0.5
attributes.start_time <> 1001
tags.team == 'red'
params.lr == '10'
run_name == 'a1'
0.5 < metrics.auc
params.lr = '0.1' params.lr = '0.1'
metrics.auc > -1 and metrics.auc < +1
metrics.auc > 0.5 -- comment
tags.team='red'
tags.team   =   'red'
""".strip().splitlines()

ORDERS = """
metrics.auc
metrics.auc ASC
metrics.auc DESC
metrics.loss DESC
metrics.`a b`
metrics.nothing
params.lr
params.lr DESC
params.model ASC
tags.team
tags.team DESC
attributes.run_name
attributes.run_name DESC
run_name ASC
attributes.status
attributes.start_time DESC
start_time
attributes.end_time
attributes.end_time DESC
attributes.created
attributes.user_id
attributes.nowhere
nowhere
metrics.auc down
metrics.auc ASC DESC
metrics.auc, params.lr
params.`lr` desc
Metrics.auc
""".strip().splitlines()


def _runs(client, name):
    experiment = client.create_experiment(name, artifact_location="s3://bucket/searches")
    ids = []
    for at, (run_name, params, metrics, tags, status) in enumerate(RUNS):
        tags = {"nth": str(at), "mlflow.user": "ada" if at % 2 else "bob", **tags}
        run = client.create_run(experiment, start_time=1000 + at, run_name=run_name, tags=tags)
        client.log_batch(
            run.info.run_id,
            [Metric(key, value, 1, 0) for key, value in metrics.items()],
            [Param(key, value) for key, value in params.items()],
        )
        if status != "RUNNING":
            end = 2000 + at if status in ("FINISHED", "KILLED") else None
            if end:
                client.set_terminated(run.info.run_id, status, end)
            else:
                client.update_run(run.info.run_id, status)
        ids.append(run.info.run_id)
    return experiment, ids


@scenario
def search_filters(see):
    client = MlflowClient()
    experiment, ids = _runs(client, "search filters")

    def names(filter):
        return [
            run.info.run_name
            for run in client.search_runs([experiment], filter, order_by=["start_time"])
        ]

    for filter in FILTERS:
        see.error(filter, names, filter)
    see("by id", names(f"attributes.run_id = '{ids[2]}'"))
    see("by ids", names(f"run_id IN ('{ids[2]}', '{ids[0]}')"))


@scenario
def search_orders(see):
    client = MlflowClient()
    experiment, _ = _runs(client, "search orders")

    def names(*order):
        runs = client.search_runs([experiment], order_by=[*order, "tags.nth"])
        return [run.info.run_name for run in runs]

    for order in ORDERS:
        see.error(order, names, order)
    see("two", names("params.lr", "metrics.auc DESC"))
    see.error("the same twice", names, "params.lr", "params.lr")
    see("by default", [run.info.run_name for run in client.search_runs([experiment])])


@scenario
def search_pages(see):
    client = MlflowClient()
    experiment, ids = _runs(client, "search pages")
    page = client.search_runs([experiment], max_results=3, order_by=["start_time"])
    pages = [[run.info.run_name for run in page]]
    while page.token:
        page = client.search_runs(
            [experiment], max_results=3, order_by=["start_time"], page_token=page.token
        )
        pages.append([run.info.run_name for run in page])
    see("pages", pages)
    see("exactly all", bool(client.search_runs([experiment], max_results=len(RUNS)).token))
    client.delete_run(ids[0])
    for view in [ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL]:
        runs = client.search_runs([experiment], run_view_type=view, order_by=["start_time"])
        see(f"view {view}", [run.info.run_name for run in runs])
    see("of no experiment", client.search_runs([]))
    see("of an unknown experiment", client.search_runs(["987654"]))
    see.error("none wanted", client.search_runs, [experiment], max_results=0)
    see.error("too many wanted", client.search_runs, [experiment], max_results=50001)
    see.error("a token of one's own", client.search_runs, [experiment], page_token="nonsense")


@scenario
def search_whole_runs(see):
    client = MlflowClient()
    experiment, _ = _runs(client, "search whole runs")
    see("runs", client.search_runs([experiment], order_by=["start_time"]))


@scenario
def search_as_pandas(see):
    client = MlflowClient()
    experiment, _ = _runs(client, "search as pandas")
    see("all", mlflow.search_runs([experiment], order_by=["start_time"]))
    see("by name", len(mlflow.search_runs(experiment_names=["search as pandas"])))
    see("none", mlflow.search_runs([experiment], "metrics.auc > 100"))
    found = mlflow.search_runs([experiment], "params.lr = '0.1'", order_by=["metrics.loss DESC"])
    see("filtered", found[["params.lr", "metrics.loss", "tags.team"]])


@scenario
def search_many(see):
    client = MlflowClient()
    experiment = client.create_experiment("search many")
    for at in range(120):
        run = client.create_run(experiment, start_time=at + 1, run_name=f"r{at}")
        client.log_batch(
            run.info.run_id,
            [Metric("m", at % 7, 1, 0)],
            [Param("p", str(at % 5))],
            [RunTag("t", "x")],
        )
    runs = client.search_runs(
        [experiment], "params.p = '3'", order_by=["metrics.m DESC", "start_time ASC"]
    )
    see("ordered", [[run.info.run_name, run.data.metrics["m"]] for run in runs])
    see("all", len(mlflow.search_runs([experiment])))
    see("cut", len(mlflow.search_runs([experiment], max_results=50)))
