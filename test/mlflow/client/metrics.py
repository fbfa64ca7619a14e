"""Metrics: every double, every order, every page."""

import math

import mlflow
import requests
from harness import scenario
from mlflow.tracking import MlflowClient


def _page(run_id, **query):
    """A page of a history, which only the client's insides ask for."""
    query |= {"run_id": run_id, "metric_key": "paged"}
    address = f"{mlflow.get_tracking_uri()}/api/2.0/mlflow/metrics/get-history"
    answer = requests.get(address, query, timeout=60).json()
    return {
        "steps": [point["step"] for point in answer.get("metrics", [])],
        "next": answer.get("next_page_token"),
        "message": answer.get("message"),
    }


@scenario
def metric_histories(see):
    client = MlflowClient()
    run_id = client.create_run("0", run_name="histories").info.run_id
    points = [
        (0.5, 10, 0),
        (0.4, 30, 2),
        (0.3, 20, 1),
        (0.3, 20, 1),
        (0.2, 20, 1),
        (-1.0, 5, -3),
        (7.0, 30, 2),
    ]
    for value, timestamp, step in points:
        client.log_metric(run_id, "loss", value, timestamp=timestamp, step=step)
    see("history", client.get_metric_history(run_id, "loss"))
    see("last", client.get_run(run_id).data.metrics)
    see("no such metric", client.get_metric_history(run_id, "nothing"))
    see.error("no such run", client.get_metric_history, "nobody", "loss")
    for at in range(25):
        client.log_metric(run_id, "paged", at, timestamp=at, step=at)
    pages = [_page(run_id, max_results=10)]
    while pages[-1]["next"]:
        pages.append(_page(run_id, max_results=10, page_token=pages[-1]["next"]))
    see("pages", [page["steps"] for page in pages])
    see("a token of one's own", _page(run_id, max_results=10, page_token="nonsense"))
    see("none wanted", _page(run_id, max_results=0))


@scenario
def metric_doubles(see):
    client = MlflowClient()
    run_id = client.create_run("0", run_name="doubles").info.run_id
    doubles = {
        "nan": math.nan,
        "inf": math.inf,
        "minus inf": -math.inf,
        "minus zero": -0.0,
        "tiny": 5e-324,
        "huge": 1.7976931348623157e308,
        "third": 1 / 3,
        "big integer": 2**53,
        "bool": True,
        "integer": 3,
    }
    for name, value in doubles.items():
        client.log_metric(run_id, name, value, timestamp=1)
    data = client.get_run(run_id).data.metrics
    for name in doubles:
        see(name, data.get(name))
    for name in ["inf", "minus inf"]:
        see(
            f"history of {name}", [point.value for point in client.get_metric_history(run_id, name)]
        )
    see("history of nan", [point.value for point in client.get_metric_history(run_id, "nan")])
    for at, value in enumerate([1.0, math.nan, 2.0]):
        client.log_metric(run_id, "then nan", value, timestamp=at, step=at)
    see("then nan", client.get_metric_history(run_id, "then nan"))
    client.log_metric(run_id, "nan last", 1.0, timestamp=0, step=0)
    client.log_metric(run_id, "nan last", math.nan, timestamp=1, step=1)
    see("nan last", client.get_run(run_id).data.metrics["nan last"])


@scenario
def metric_steps(see):
    client = MlflowClient()
    run_id = client.create_run("0", run_name="steps").info.run_id
    for step in [0, -1, 2**31, 2**53 - 1, -(2**53) + 1]:
        client.log_metric(run_id, "steps", 1.0, timestamp=1, step=step)
    see("steps", [point.step for point in client.get_metric_history(run_id, "steps")])
    for name, step in {"beyond a double": 2**60 + 1, "least": -(2**63), "beyond": 2**63}.items():
        see.error(name, client.log_metric, run_id, name, 1.0, timestamp=1, step=step)
    see.error("a negative time", client.log_metric, run_id, "m", 1.0, timestamp=-5)
    see.error("a fraction of a step", client.log_metric, run_id, "m", 1.0, step=1.5)


@scenario
def metric_of_a_dataset(see):
    import pandas

    mlflow.set_experiment("metric of a dataset")
    data = mlflow.data.from_pandas(pandas.DataFrame({"x": [1]}), name="eval")
    with mlflow.start_run(run_name="with data") as run:
        mlflow.log_metric("auc", 0.5, step=1, timestamp=1, dataset=data)
        mlflow.log_metrics({"f1": 0.25}, step=1, timestamp=2, dataset=data)
    see("metrics", mlflow.get_run(run.info.run_id).data.metrics)
    see("history", mlflow.MlflowClient().get_metric_history(run.info.run_id, "auc"))
    see("inputs", mlflow.get_run(run.info.run_id).inputs)
