"""Experiments, by MlflowClient, by the fluent functions and by the command line."""

import mlflow
from click.testing import CliRunner
from harness import scenario
from mlflow.cli import cli
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient


def _command(see, name, *args):
    result = CliRunner().invoke(cli, ["experiments", *args])
    # The widths of a table follow from what is normalised away.
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    see(name, {"code": result.exit_code, "output": [line for line in lines if line.strip("- ")]})


@scenario
def experiment_default(see):
    client = MlflowClient()
    see("by id", client.get_experiment("0"))
    see("by name", client.get_experiment_by_name("Default"))
    with mlflow.start_run(run_name="in the default experiment") as run:
        see("run", client.get_run(run.info.run_id).info)


@scenario
def experiment_life(see):
    client = MlflowClient()
    id = client.create_experiment("life", tags={"team": "owls", "empty": "", "ü": "日本 🦉"})
    see("created", client.get_experiment(id))
    see.error("created twice", client.create_experiment, "life")
    client.rename_experiment(id, "another life")
    see("renamed", client.get_experiment_by_name("another life"))
    see("old name", client.get_experiment_by_name("life"))
    client.set_experiment_tag(id, "team", "eagles\nand hawks")
    client.delete_experiment_tag(id, "empty")
    see("tagged", client.get_experiment(id).tags)
    run = client.create_run(id, start_time=5, run_name="first")
    client.delete_experiment(id)
    see("deleted", client.get_experiment(id))
    see("its run", client.get_run(run.info.run_id).info)
    see.error("deleted twice", client.delete_experiment, id)
    see.error("run in it", client.create_run, id)
    see.error("tag in it", client.set_experiment_tag, id, "a", "b")
    see.error("set", mlflow.set_experiment, "another life")
    see.error("name taken", client.create_experiment, "another life")
    client.restore_experiment(id)
    see("restored", client.get_experiment(id))
    see("its run again", client.get_run(run.info.run_id).info)
    see.error("restored twice", client.restore_experiment, id)
    see.error("rename to a taken name", client.rename_experiment, id, "Default")


@scenario
def experiment_fluent(see):
    created = mlflow.set_experiment("fluent")
    see("created", created)
    see("found", mlflow.set_experiment("fluent"))
    see("by id", mlflow.set_experiment(experiment_id=created.experiment_id).name)
    mlflow.set_experiment_tags({"a": "1", "b": "2"})
    see("tags", mlflow.get_experiment_by_name("fluent").tags)
    with mlflow.start_run(run_name="x") as run:
        see("run is in it", run.info.experiment_id == created.experiment_id)


@scenario
def experiment_locations(see):
    client = MlflowClient()
    for name, location in {
        "bucket": "s3://bucket/path",
        "query": "s3://bucket/path?option=1",
        "file": "file:///some/where",
        "trailing": "gs://bucket/path/",
    }.items():
        id = client.create_experiment(f"location {name}", artifact_location=location)
        run = client.create_run(id)
        see(name, [client.get_experiment(id).artifact_location, run.info.artifact_uri])
    for name, location in {
        "fragment": "s3://bucket/path#fragment",
        "run": "runs:/0123456789abcdef0123456789abcdef/model",
        "dots": "s3://bucket/path?option=../..",
    }.items():
        see.error(name, client.create_experiment, f"location {name}", location)


@scenario
def experiment_errors(see):
    client = MlflowClient()
    see.error("unknown id", client.get_experiment, "987654")
    see.error("id of letters", client.get_experiment, "abc")
    see("unknown name", client.get_experiment_by_name("nobody"))
    see.error("empty name", client.create_experiment, "")
    see.error("long name", client.create_experiment, "x" * 501)
    see.error("name of a number", client.create_experiment, 5)
    see.error("name of blanks", lambda: client.create_experiment("   ") and "an id")
    see.error("name of 500 owls", lambda: client.create_experiment("🦉" * 500) and "an id")
    see.error("long tag key", client.create_experiment, "tagged", tags={"k" * 251: "v"})
    see.error("tag key of dots", client.create_experiment, "tagged", tags={"../x": "v"})
    see.error("delete unknown", client.delete_experiment, "987654")
    see.error("restore unknown", client.restore_experiment, "987654")
    see.error("rename unknown", client.rename_experiment, "987654", "x")
    see.error("tag unknown", client.set_experiment_tag, "987654", "a", "b")
    see.error("delete no tag", client.delete_experiment_tag, "0", "nothing")


@scenario
def experiment_command_line(see):
    _command(see, "create", "create", "-n", "by hand")
    id = MlflowClient().get_experiment_by_name("by hand").experiment_id
    _command(see, "create again", "create", "-n", "by hand")
    _command(see, "rename", "rename", "-x", id, "--new-name", "by another hand")
    _command(see, "get", "get", "-x", id)
    _command(see, "delete", "delete", "-x", id)
    _command(see, "search deleted", "search", "--view", "deleted_only")
    _command(see, "restore", "restore", "-x", id)
    _command(see, "csv", "csv", "-x", id)


@scenario
def experiment_search(see):
    client = MlflowClient()
    for at, (name, color) in enumerate(
        [("Alpha", "red"), ("alpha", "Red"), ("beta_1", "blue"), ("gamma%", None), ("ünder", "red")]
    ):
        tags = {"search": "yes", "nth": str(at)} | ({"color": color} if color else {})
        client.create_experiment(f"find {name}", tags=tags)
    deleted = client.create_experiment("find deleted", tags={"search": "yes", "nth": "9"})
    client.delete_experiment(deleted)

    def names(filter=None, **kwargs):
        kwargs.setdefault("order_by", ["name ASC"])
        text = "tags.search = 'yes'" + (f" AND {filter}" if filter else "")
        return [one.name for one in client.search_experiments(filter_string=text, **kwargs)]

    for filter in [
        None,
        "name = 'find alpha'",
        "name != 'find alpha'",
        "name LIKE 'find a%'",
        "name LIKE 'find A%'",
        "name ILIKE 'FIND A%'",
        "name LIKE 'find beta_1'",
        "name LIKE '%'",
        "name LIKE '%ü%'",
        "name ILIKE '%Ü%'",
        "attribute.name = 'find beta_1'",
        "attributes.name = 'find beta_1'",
        "tags.color = 'red'",
        "tags.color != 'red'",
        "tag.color ILIKE 'RED'",
        "tags.`color` LIKE 'r%'",
        'tags."color" = "blue"',
        "creation_time > 0",
        "creation_time < 5",
        "last_update_time >= 0",
        "tags.nth = '1' AND tags.color = 'Red'",
        "name = 'x' OR name = 'y'",
        "nowhere = 'x'",
        "name > 'x'",
        "name = x",
        "tags.nth > '1'",
        "name LIKE",
        "creation_time = 'x'",
        "params.x = '1'",
    ]:
        see.error(f"where {filter}", names, filter)
    for order in [
        "name",
        "name DESC",
        "creation_time ASC",
        "last_update_time",
        "experiment_id",
        "nowhere",
        "name down",
        "tags.nth",
        "name ASC, name DESC",
    ]:
        see.error(f"by {order}", names, order_by=[order, "experiment_id ASC"])
    see.error("by two", names, order_by=["name", "name"])
    for view in [ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL]:
        see(f"view {view}", names(view_type=view))
    see(
        "fluent",
        sorted(one.name for one in mlflow.search_experiments(filter_string="tags.search = 'yes'")),
    )
    page = client.search_experiments(
        filter_string="tags.search = 'yes'", max_results=2, order_by=["name ASC"]
    )
    pages = [[one.name for one in page]]
    while page.token:
        page = client.search_experiments(
            filter_string="tags.search = 'yes'",
            max_results=2,
            order_by=["name ASC"],
            page_token=page.token,
        )
        pages.append([one.name for one in page])
    see("pages", pages)
    see.error("none wanted", client.search_experiments, max_results=0)
    see.error("too many wanted", client.search_experiments, max_results=50001)
    see.error("a token of one's own", client.search_experiments, page_token="nonsense")
