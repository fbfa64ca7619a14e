"""Training that logs by itself: autologging, searches over parameters, evaluation, system metrics."""

import mlflow
import pandas
from harness import scenario
from mlflow.tracking import MlflowClient


def _data():
    from sklearn.datasets import load_iris

    return load_iris(return_X_y=True)


def _files(run_id):
    return sorted(file.path for file in MlflowClient().list_artifacts(run_id))


@scenario
def training_autolog(see):
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment("autolog")
    mlflow.sklearn.autolog(log_models=True, silent=True)
    try:
        with mlflow.start_run(run_name="auto") as run:
            model = LogisticRegression(max_iter=300, random_state=0).fit(*_data())
            model.score(*_data())
    finally:
        mlflow.sklearn.autolog(disable=True)
    found = mlflow.get_run(run.info.run_id)
    see("params", found.data.params)
    see("metrics", found.data.metrics)
    tags = {
        key: value for key, value in found.data.tags.items() if key != "mlflow.log-model.history"
    }
    see("tags", tags)
    see("files", _files(run.info.run_id))
    see("inputs", [one.dataset.digest for one in found.inputs.dataset_inputs])
    see("outputs", len(found.outputs.model_outputs))
    model_id = found.outputs.model_outputs[0].model_id
    see("predicts", mlflow.sklearn.load_model(f"models:/{model_id}").predict(_data()[0][:5]))


@scenario
def training_grid(see):
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    mlflow.set_experiment("autolog of a grid")
    mlflow.sklearn.autolog(log_models=False, max_tuning_runs=3, silent=True)
    try:
        with mlflow.start_run(run_name="grid") as run:
            GridSearchCV(
                DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, 4]}, cv=2
            ).fit(*_data())
    finally:
        mlflow.sklearn.autolog(disable=True)
    found = mlflow.get_run(run.info.run_id)
    see("params", found.data.params)
    see("files", _files(run.info.run_id))
    children = mlflow.search_runs(
        filter_string=f"tags.mlflow.parentRunId = '{run.info.run_id}'",
        order_by=["params.max_depth"],
    )
    see("children", children[["params.max_depth", "metrics.mean_test_score", "status"]])


@scenario
def training_evaluated(see):
    mlflow.set_experiment("evaluation")
    frame = pandas.DataFrame(
        {"x": [1, 2, 3, 4], "truth": [1.0, 2.0, 3.0, 4.0], "said": [1.0, 2.0, 3.5, 4.0]}
    )
    with mlflow.start_run(run_name="evaluates") as run:
        result = mlflow.models.evaluate(
            data=frame,
            targets="truth",
            predictions="said",
            model_type="regressor",
            evaluator_config={"log_explainer": False},
        )
    see("result", result.metrics)
    found = mlflow.get_run(run.info.run_id)
    see("metrics", found.data.metrics)
    see("inputs", [one.dataset.name for one in found.inputs.dataset_inputs])


@scenario
def training_system_metrics(see):
    mlflow.set_experiment("system metrics")
    mlflow.set_system_metrics_sampling_interval(1)
    mlflow.set_system_metrics_samples_before_logging(1)
    with mlflow.start_run(run_name="watched", log_system_metrics=True) as run:
        client = MlflowClient()
        while (
            "system/cpu_utilization_percentage" not in client.get_run(run.info.run_id).data.metrics
        ):
            mlflow.log_metric("waits", 1, timestamp=1)
    names = mlflow.get_run(run.info.run_id).data.metrics
    see("metrics", sorted(name for name in names if "memory" in name or "cpu" in name))
