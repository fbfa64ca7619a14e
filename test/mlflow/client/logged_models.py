"""Logged models without their files: what they hold, and the searches for them."""

import mlflow
from harness import scenario
from mlflow.tracking import MlflowClient


@scenario
def model_life(see):
    client = MlflowClient()
    id = client.create_experiment("logged models")
    run_id = client.create_run(id).info.run_id
    first = client.create_logged_model(id, "first", run_id, {"t": "1"}, {"p": "1"}, "agent")
    see("created", first)
    see("finalized", client.finalize_logged_model(first.model_id, "READY"))
    second = client.create_logged_model(id, "second", params={"p": "2"})
    client.log_metric(run_id, "auc", 0.9, timestamp=1, step=1, model_id=first.model_id)
    client.log_metric(run_id, "auc", 0.2, timestamp=1, step=1, model_id=second.model_id)
    client.log_outputs(run_id, [mlflow.entities.LoggedModelOutput(first.model_id, step=3)])
    see("outputs", client.get_run(run_id).outputs)
    third = client.create_logged_model(id, "third")
    client.finalize_logged_model(third.model_id, "FAILED")

    def names(filter=None, **kwargs):
        return [one.name for one in client.search_logged_models([id], filter, **kwargs)]

    for filter in [
        None,
        "name = 'first'",
        "name LIKE '%ir%'",
        "params.p = '2'",
        "tags.t = '1'",
        "metrics.auc > 0.5",
        "metrics.auc < 0.5",
        "model_type = 'agent'",
        "status = 'READY'",
        "status != 'READY'",
        "creation_timestamp > 0",
        "nowhere = 'x'",
        "name = 'a' OR name = 'b'",
        "metrics.auc = 'x'",
        "name IN ('first', 'third')",
    ]:
        see.error(f"where {filter}", names, filter, order_by=[{"field_name": "name"}])
    see("of the run", names(f"source_run_id = '{run_id}'"))
    for field in ["name", "creation_timestamp", "metrics.auc", "params.p", "nowhere"]:
        for ascending in [True, False]:
            order = [{"field_name": field, "ascending": ascending}, {"field_name": "name"}]
            see.error(f"by {field} {ascending}", names, order_by=order)
    page = client.search_logged_models([id], max_results=2, order_by=[{"field_name": "name"}])
    see("page", [one.name for one in page] + [bool(page.token)])
    see("as pandas", len(mlflow.search_logged_models([id])))
    client.delete_logged_model(third.model_id)
    see.error("deleted", client.get_logged_model, third.model_id)
    see("without it", sorted(names()))
    see.error("in no experiment", client.create_logged_model, "987654")
    for name in ["a/b", "a:b", "a.b", "100%", ""]:
        see.error(f"name {name}", lambda: bool(client.create_logged_model(id, name).name))
