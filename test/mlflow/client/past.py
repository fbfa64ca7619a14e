"""The past by its address: the client asks a moment, for which MLflow has no counterpart."""

import datetime
import time

import mlflow
from harness import scenario
from mlflow.artifacts import load_text
from mlflow.tracking import MlflowClient


class _Mean(mlflow.pyfunc.PythonModel):
    def __init__(self, mean):
        self.mean = mean

    def predict(self, context, model_input: list[float], params=None) -> list[float]:
        return [self.mean for _ in model_input]


def _trained(mean):
    model = mlflow.pyfunc.log_model(
        name="mean",
        python_model=_Mean(mean),
        registered_model_name="past",
        pip_requirements=["mlflow"],
    )
    return model.registered_model_version


def _next_millisecond():
    began = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == began:
        pass


def _moment():
    """A time after all that was written, and before all that will be."""
    _next_millisecond()
    now = datetime.datetime.now(datetime.timezone.utc)
    _next_millisecond()
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _told(name):
    client = MlflowClient()
    runs = mlflow.search_runs(experiment_names=[name], order_by=["start_time"])
    return {
        "runs": runs["tags.mlflow.runName"].tolist(),
        "status": runs["status"].tolist(),
        "auc": runs["metrics.auc"].tolist(),
        "note": load_text(f"{client.get_run(runs['run_id'][0]).info.artifact_uri}/note.txt"),
        "production": [one.version for one in client.get_latest_versions("past", ["Production"])],
        "champion": client.get_model_version_by_alias("past", "champion").version,
        "predicted": mlflow.pyfunc.load_model("models:/past/Production").predict([1.0]),
    }


@scenario
def past_by_address(see):
    server, client = mlflow.get_tracking_uri(), MlflowClient()
    mlflow.set_experiment("past")
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_metric("auc", 0.5, step=1)
        mlflow.log_text("then", "note.txt")
        first = _trained(1.0)
    client.transition_model_version_stage("past", first, "Production")
    client.set_registered_model_alias("past", "champion", first)
    then = _moment()
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_metric("auc", 0.75, step=2)
        mlflow.log_text("now", "note.txt")
    with mlflow.start_run(run_name="second"):
        mlflow.log_metric("auc", 1.0)
        second = _trained(2.0)
    client.transition_model_version_stage("past", second, "Production", True)
    client.set_registered_model_alias("past", "champion", second)
    see("now", _told("past"))
    mlflow.set_tracking_uri(f"{server}/as-of/{then}")
    try:
        see("then", _told("past"))
        see("before", MlflowClient(f"{server}/as-of/2020-01-01").search_experiments())
        past = MlflowClient()
        see.error("run in the past", past.create_run, "0")
        see.error("metric in the past", past.log_metric, run.info.run_id, "auc", 0.9)
        see.error("stage in the past", past.transition_model_version_stage, "past", first, "None")
        see.error("experiment in the past", past.create_experiment, "x")
    finally:
        mlflow.set_tracking_uri(server)
    see("now again", _told("past"))
