"""Models: logged with a flavor, registered, loaded again, asked to predict."""

import pathlib

import mlflow
import numpy
from harness import scenario
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient
from sklearn.linear_model import LinearRegression

X = numpy.arange(12, dtype=float).reshape(6, 2)


def _fitted(factor=1.0):
    return LinearRegression().fit(X, X[:, 0] * factor + 1)


def _log(name, factor=1.0, **kwargs):
    # What the model needs is looked up nowhere: that would ask the network.
    return mlflow.sklearn.log_model(
        _fitted(factor),
        name=name,
        pip_requirements=["scikit-learn"],
        signature=infer_signature(X, X[:, 0]),
        **kwargs,
    )


def _predicted(uri):
    return [round(value, 6) for value in mlflow.pyfunc.load_model(uri).predict(X).tolist()]


@scenario
def model_logged(see):
    mlflow.set_experiment("models")
    with mlflow.start_run(run_name="trains") as run:
        info = _log("model", params={"depth": 3}, tags={"kind": "linear"}, input_example=X[:2])
        mlflow.log_metric("rmse", 0.5, step=1, timestamp=1, model_id=info.model_id)
    see("uri", info.model_uri)
    model = mlflow.get_logged_model(info.model_id)
    see("logged model", model)
    see("run", mlflow.get_run(run.info.run_id).outputs)
    see("history", MlflowClient().get_metric_history(run.info.run_id, "rmse"))
    see("predicts", _predicted(info.model_uri))
    see("of the run", _predicted(f"runs:/{run.info.run_id}/model"))
    see("native", mlflow.sklearn.load_model(info.model_uri).coef_.round(6))
    folder = pathlib.Path(mlflow.artifacts.download_artifacts(info.model_uri))
    see(
        "files",
        sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()),
    )
    see(
        "artifacts",
        sorted(file.path for file in MlflowClient().list_logged_model_artifacts(info.model_id)),
    )
    mlflow.set_logged_model_tags(info.model_id, {"checked": "yes"})
    mlflow.delete_logged_model_tag(info.model_id, "kind")
    see("tags", mlflow.get_logged_model(info.model_id).tags)
    see.error("no such tag", mlflow.delete_logged_model_tag, info.model_id, "nothing")
    see.error("no such model", mlflow.get_logged_model, "m-0123456789abcdef0123456789abcdef")


@scenario
def model_registered(see):
    mlflow.set_experiment("models registered")
    client = MlflowClient()
    with mlflow.start_run(run_name="registers") as run:
        info = _log("model", registered_model_name="churn")
        _log("model", 2.0, registered_model_name="churn")
    mlflow.register_model(f"runs:/{run.info.run_id}/model", "churn", tags={"by": "run"})
    mlflow.register_model(info.model_uri, "churn again")
    see(
        "versions",
        sorted(client.search_model_versions("name = 'churn'"), key=lambda one: int(one.version)),
    )
    see("registered", client.get_registered_model("churn again"))
    client.transition_model_version_stage("churn", "1", "Production")
    client.transition_model_version_stage("churn", "2", "Staging")
    client.set_registered_model_alias("churn", "champion", "2")
    for name in [
        "churn/1",
        "churn/2",
        "churn/3",
        "churn/latest",
        "churn/Production",
        "churn/Staging",
        "churn@champion",
    ]:
        see(name, _predicted(f"models:/{name}"))
    see.error("no such version", mlflow.pyfunc.load_model, "models:/churn/99")
    see.error("no such alias", mlflow.pyfunc.load_model, "models:/churn@nobody")
    see.error("no such stage", mlflow.pyfunc.load_model, "models:/churn/Archived")
    copied = client.copy_model_version("models:/churn/2", "churn copied")
    see("copied", [copied.name, copied.version, copied.source])
    see("copy predicts", _predicted("models:/churn copied/1"))
    see(
        "model info",
        mlflow.models.get_model_info("models:/churn/1").flavors["sklearn"]["serialization_format"],
    )


@scenario
def model_of_python(see):
    class Doubles(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input: list[float], params=None) -> list[float]:
            return [2 * value for value in model_input]

    mlflow.set_experiment("models of python")
    with mlflow.start_run(run_name="python"):
        info = mlflow.pyfunc.log_model(
            name="doubles", python_model=Doubles(), pip_requirements=["mlflow"]
        )
    see("predicts", mlflow.pyfunc.load_model(info.model_uri).predict([1.0, 2.5]))
