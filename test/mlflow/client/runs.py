"""Runs: what they hold, how they end, and what is refused."""

import mlflow
import numpy
import pandas
from harness import scenario
from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient


@scenario
def run_life(see):
    client = MlflowClient()
    id = client.create_experiment("run life")
    run = client.create_run(
        id, start_time=1000, run_name="owl", tags={"a": "1", "mlflow.user": "ada"}
    )
    run_id = run.info.run_id
    see("created", run)
    client.update_run(run_id, status="SCHEDULED", name="eagle")
    see("renamed", client.get_run(run_id))
    client.set_terminated(run_id, "FAILED", end_time=2000)
    see("failed", client.get_run(run_id).info)
    client.set_terminated(run_id)
    see("finished", client.get_run(run_id).info.status)
    client.update_run(run_id, status="RUNNING")
    see("runs again", client.get_run(run_id).info)
    client.delete_run(run_id)
    see("deleted", client.get_run(run_id))
    see.error("deleted twice", client.delete_run, run_id)
    see.error("metric in it", client.log_metric, run_id, "m", 1.0)
    see.error("param in it", client.log_param, run_id, "p", 1)
    see.error("tag in it", client.set_tag, run_id, "t", 1)
    see.error("tag from it", client.delete_tag, run_id, "a")
    see.error("end of it", client.set_terminated, run_id)
    see.error("batch in it", client.log_batch, run_id, params=[Param("p", "1")])
    client.restore_run(run_id)
    see("restored", client.get_run(run_id))
    see.error("restored twice", client.restore_run, run_id)


@scenario
def run_names(see):
    client = MlflowClient()
    see("given", client.create_run("0", run_name="x").data.tags)
    see("tagged", client.create_run("0", tags={"mlflow.runName": "y"}).info.run_name)
    see("of its own", client.create_run("0").info.run_name)
    see.error("two", client.create_run, "0", run_name="x", tags={"mlflow.runName": "y"})
    run_id = client.create_run("0", run_name="x").info.run_id
    client.set_tag(run_id, "mlflow.runName", "by tag")
    see("by tag", client.get_run(run_id).info.run_name)
    client.update_run(run_id, name="by update")
    see("by update", client.get_run(run_id).data.tags)
    client.update_run(run_id, name="")
    see("empty", client.get_run(run_id).info.run_name)


@scenario
def run_log_everything(see):
    mlflow.set_experiment("everything")
    with mlflow.start_run(run_name="all", description="About **owls**", tags={"t": "1"}) as run:
        mlflow.log_param("depth", 3)
        mlflow.log_params(
            {"alpha": 0.5, "none": None, "list": [1, 2], "text": "日本 🦉", "empty": ""}
        )
        mlflow.log_metric("loss", 0.5)
        mlflow.log_metric("loss", 0.25, step=3)
        mlflow.log_metric("at", 1, step=-2, timestamp=12)
        mlflow.log_metrics({"precision": 0.9, "recall": numpy.float32(0.5), "integer": 3}, step=1)
        mlflow.set_tag("stage", "draft")
        mlflow.set_tags({"stage": "final", "number": 7, "list": [1], "empty": ""})
        mlflow.delete_tag("empty")
    see("run", mlflow.get_run(run.info.run_id))
    see("last", mlflow.last_active_run().info.run_id == run.info.run_id)
    with mlflow.start_run(run.info.run_id):
        mlflow.log_metric("loss", 0.1, step=4)
    see("resumed", mlflow.get_run(run.info.run_id).data.metrics)
    try:
        with mlflow.start_run(run_name="breaks") as broken:
            raise ValueError("on purpose")
    except ValueError:
        see("broken", mlflow.get_run(broken.info.run_id).info.status)
    mlflow.delete_run(run.info.run_id)
    see("deleted", mlflow.get_run(run.info.run_id).info.lifecycle_stage)


@scenario
def run_nested(see):
    mlflow.set_experiment("nested")
    with mlflow.start_run(run_name="parent") as parent:
        for at in range(3):
            with mlflow.start_run(run_name=f"child {at}", nested=True):
                mlflow.log_metric("score", at)
                if at == 1:
                    with mlflow.start_run(run_name="grandchild", nested=True):
                        mlflow.log_param("deep", True)
    found = mlflow.search_runs(
        filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
        order_by=["attributes.run_name ASC"],
        output_format="list",
    )
    see("children", [[run.info.run_name, run.data.metrics, run.info.status] for run in found])
    see("parent of a child", mlflow.get_parent_run(found[0].info.run_id).info.run_name)
    see("parent of the parent", mlflow.get_parent_run(parent.info.run_id))


@scenario
def run_values_refused(see):
    client = MlflowClient()
    run_id = client.create_run("0", run_name="refusals").info.run_id
    keys = {
        "empty": "",
        "long": "k" * 251,
        "dots": "../x",
        "dot": ".",
        "double slash": "a//b",
        "absolute": "/a",
        "trailing slash": "a/",
        "star": "a*b",
        "newline": "a\nb",
        "control": "a\x00b",
        "backslash": "a\\b",
    }
    for name, key in keys.items():
        see.error(f"metric {name}", client.log_metric, run_id, key, 1.0)
        see.error(f"param {name}", client.log_param, run_id, key, "v")
        see.error(f"tag {name}", client.set_tag, run_id, key, "v")
        see.error(
            f"batch {name}",
            client.log_batch,
            run_id,
            metrics=[Metric("fine", 1.0, 1, 0), Metric(key, 1.0, 1, 0)],
            params=[Param("fine", "1")],
        )
    for name, key in {
        "colon": "a:b",
        "space": "a b",
        "slash": "a/b/c",
        "umlaut": "ü",
        "owl": "🦉",
        "250": "k" * 250,
        "proto": "__proto__",
        "constructor": "constructor",
        "quote": "a'b",
        "double quote": 'a"b',
    }.items():
        see.error(f"metric {name}", client.log_metric, run_id, key, 1.0, timestamp=1)
        see.error(f"param {name}", client.log_param, run_id, key, name)
        see.error(f"tag {name}", client.set_tag, run_id, key, name)
    see.error("metric of text", client.log_metric, run_id, "m", "text")
    see.error("metric of nothing", client.log_metric, run_id, "m", None)
    see.error("a time of text", client.log_metric, run_id, "m", 1.0, timestamp="soon")
    see.error("a step of text", client.log_metric, run_id, "m", 1.0, step="one")
    see.error("no such run", client.log_metric, "0123456789abcdef0123456789abcdef", "m", 1.0)
    see.error("param in no such run", client.log_param, "nobody", "p", "1")
    see.error("get no such run", client.get_run, "nobody")
    see.error("end no such run", client.set_terminated, "nobody")
    see.error("delete no such run", client.delete_run, "nobody")
    see.error("restore no such run", client.restore_run, "nobody")
    see.error("run in no experiment", client.create_run, "987654")
    see.error("tag that is not there", client.delete_tag, run_id, "nothing")
    see.error("empty run id", client.get_run, "")
    see("what came in", client.get_run(run_id).data)


@scenario
def run_params_stay(see):
    client = MlflowClient()
    run_id = client.create_run("0", run_name="params").info.run_id
    client.log_param(run_id, "p", "1")
    see.error("same again", client.log_param, run_id, "p", 1)
    see.error("another", client.log_param, run_id, "p", "2")
    see.error(
        "another in a batch", client.log_batch, run_id, params=[Param("q", "1"), Param("p", "3")]
    )
    see.error(
        "twice in a batch", client.log_batch, run_id, params=[Param("r", "1"), Param("r", "2")]
    )
    see.error("twice the same", client.log_batch, run_id, params=[Param("s", "1"), Param("s", "1")])
    see.error("long", client.log_param, run_id, "long", "v" * 6001)
    see.error("6000", client.log_param, run_id, "6000", "🦉" * 6000)
    see.error("long in a batch", client.log_batch, run_id, params=[Param("long batch", "w" * 7000)])
    see.error("long tag", client.set_tag, run_id, "long", "v" * 8001)
    see("stay", client.get_run(run_id).data.params)
    see("tags stay", client.get_run(run_id).data.tags)


@scenario
def run_batches(see):
    client = MlflowClient()
    run_id = client.create_run("0", run_name="batches").info.run_id
    client.log_batch(
        run_id,
        metrics=[Metric(f"m{at % 10}", at / 7, at, at) for at in range(1000)],
    )
    client.log_batch(run_id, params=[Param(f"p{at}", str(at)) for at in range(100)])
    client.log_batch(run_id, tags=[RunTag(f"t{at}", str(at)) for at in range(100)])
    client.log_batch(run_id)
    see("run", client.get_run(run_id))
    see.error(
        "too many metrics", client.log_batch, run_id, [Metric("m", 1, 1, at) for at in range(1001)]
    )
    see.error(
        "too many params",
        client.log_batch,
        run_id,
        params=[Param(f"x{at}", "") for at in range(101)],
    )
    see.error(
        "too many tags", client.log_batch, run_id, tags=[RunTag(f"x{at}", "") for at in range(101)]
    )
    mixed = {
        "metrics": [Metric("m", 1, 1, at) for at in range(950)],
        "params": [Param(f"y{at}", "") for at in range(60)],
    }
    see.error("too many together", client.log_batch, run_id, **mixed)
    see.error("no such run", client.log_batch, "nobody", [Metric("m", 1, 1, 1)])
    with mlflow.start_run(run_id=run_id):
        mlflow.log_params({f"many{at}": at for at in range(250)})
        mlflow.log_metrics({f"many{at}": at for at in range(250)}, step=1, timestamp=5)
    see("many", client.get_run(run_id).data.params)


@scenario
def run_asynchronous(see):
    mlflow.set_experiment("asynchronous")
    with mlflow.start_run(run_name="async") as run:
        waiting = [
            mlflow.log_metric("m", at, step=at, timestamp=at, synchronous=False)
            for at in range(200)
        ]
        waiting.append(mlflow.log_params({"a": 1, "b": 2}, synchronous=False))
        waiting.append(mlflow.set_tags({"t": "u"}, synchronous=False))
        for future in waiting:
            future.wait()
        mlflow.flush_async_logging()
    data = mlflow.get_run(run.info.run_id).data
    see("params", data.params)
    see("tag", data.tags["t"])
    history = MlflowClient().get_metric_history(run.info.run_id, "m")
    see("history", [[point.step, point.value] for point in history])


@scenario
def run_parallel(see):
    from concurrent.futures import ThreadPoolExecutor

    client = MlflowClient()
    id = client.create_experiment("parallel")

    def work(at):
        run_id = client.create_run(id, start_time=at + 1, run_name=f"worker {at}").info.run_id
        for step in range(20):
            client.log_metric(run_id, "m", at * step, timestamp=step, step=step)
        client.set_terminated(run_id, end_time=at + 2)
        return run_id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(work, range(16)))
    see("runs", [client.get_run(run_id).info for run_id in ids])
    see("points", [len(client.get_metric_history(run_id, "m")) for run_id in ids])
    run_id = ids[0]
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda at: client.log_metric(run_id, "one", at, timestamp=1, step=at % 5), range(40)
            )
        )
    see("one run", [[p.step, p.value] for p in client.get_metric_history(run_id, "one")])


@scenario
def run_inputs(see):
    mlflow.set_experiment("inputs")
    frame = pandas.DataFrame({"x": [1, 2, 3], "y": [0.5, 1.5, 2.5]})
    data = mlflow.data.from_pandas(frame, source="s3://bucket/data.csv", name="train", targets="y")
    array = mlflow.data.from_numpy(numpy.arange(6).reshape(3, 2), name="array")
    with mlflow.start_run(run_name="with inputs") as run:
        mlflow.log_input(data, context="training", tags={"quality": "raw"})
        mlflow.log_input(data, context="training")
        mlflow.log_input(array)
    see("run", mlflow.get_run(run.info.run_id).inputs)
    with mlflow.start_run(run_name="other") as other:
        mlflow.log_input(data, context="testing")
    for filter in [
        "datasets.name = 'train'",
        "dataset.name LIKE 'tr%'",
        f"datasets.digest = '{data.digest}'",
        "datasets.context = 'testing'",
        "datasets.context != 'testing'",
        "datasets.name IN ('array', 'none')",
        "datasets.name NOT IN ('array')",
        "datasets.other = 'x'",
        "dataset.name > 'x'",
    ]:
        see.error(
            f"where {filter}",
            lambda: [
                one.info.run_name
                for one in mlflow.search_runs(
                    filter_string=filter, output_format="list", order_by=["attributes.run_name"]
                )
            ],
        )
    loaded = mlflow.data.get_source(mlflow.get_run(other.info.run_id).inputs.dataset_inputs[0])
    see("source", loaded.to_dict())
