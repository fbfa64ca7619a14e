"""The registry: models, versions, stages, aliases, tags."""

import mlflow
from harness import scenario
from mlflow.tracking import MlflowClient


def _version(client, name, source="s3://bucket/model", **kwargs):
    return client.create_model_version(name, source, **kwargs)


@scenario
def registry_models(see):
    client = MlflowClient()
    see("created", client.create_registered_model("plain"))
    see("described", client.create_registered_model("described", {"a": "1", "ü": "🦉"}, "About it"))
    see.error("again", client.create_registered_model, "plain")
    see("updated", client.update_registered_model("plain", "Now said"))
    client.set_registered_model_tag("plain", "t", 5)
    client.set_registered_model_tag("described", "a", "2")
    client.delete_registered_model_tag("described", "ü")
    see.error("no such tag", client.delete_registered_model_tag, "described", "nothing")
    see("got", client.get_registered_model("described"))
    see("renamed", client.rename_registered_model("plain", "renamed"))
    see.error("rename to a taken name", client.rename_registered_model, "renamed", "described")
    see.error("old name", client.get_registered_model, "plain")
    client.delete_registered_model("renamed")
    see.error("deleted", client.get_registered_model, "renamed")
    see.error("deleted twice", client.delete_registered_model, "renamed")
    see("name is free", client.create_registered_model("renamed").name)
    for name, text in {
        "empty": "",
        "slash": "a/b",
        "colon": "a:b",
        "dots": "../x",
        "blanks": "  ",
        "owls": "🦉 ü",
    }.items():
        see.error(f"name {name}", lambda: client.create_registered_model(text).name)
    see.error("rename to blanks", client.rename_registered_model, "described", "  ")
    see.error("tag key long", client.set_registered_model_tag, "described", "k" * 251, "v")
    see.error("tag of no model", client.set_registered_model_tag, "nobody", "k", "v")
    see.error("update no model", client.update_registered_model, "nobody", "x")
    see.error("rename no model", client.rename_registered_model, "nobody", "x")


@scenario
def registry_versions(see):
    client = MlflowClient()
    run_id = client.create_run("0", run_name="source").info.run_id
    client.create_registered_model("versions")
    see("first", _version(client, "versions"))
    see(
        "second",
        _version(
            client,
            "versions",
            run_id=run_id,
            tags={"a": "1"},
            description="Better",
            run_link="http://x",
        ),
    )
    see("updated", client.update_model_version("versions", 2, "Best"))
    client.set_model_version_tag("versions", "1", "k", "v")
    client.set_model_version_tag("versions", "2", "a", "2")
    client.delete_model_version_tag("versions", "1", "k")
    see.error("no such tag", client.delete_model_version_tag, "versions", "1", "nothing")
    see("got", client.get_model_version("versions", "2"))
    see("uri", client.get_model_version_download_uri("versions", "2"))
    see("model", client.get_registered_model("versions"))
    client.delete_model_version("versions", "1")
    see.error("deleted", client.get_model_version, "versions", "1")
    see.error("deleted twice", client.delete_model_version, "versions", "1")
    see("the next number", _version(client, "versions").version)
    client.delete_model_version("versions", "3")
    see("the number after", _version(client, "versions").version)
    for name, call in {
        "unknown": lambda: client.get_model_version("versions", "99"),
        "of letters": lambda: client.get_model_version("versions", "x"),
        "of no model": lambda: client.get_model_version("nobody", "1"),
        "in no model": lambda: _version(client, "nobody"),
        "empty source": lambda: _version(client, "versions", source=""),
        "local source": lambda: _version(client, "versions", source="/etc/passwd"),
        "file source": lambda: _version(client, "versions", source="file:///etc/passwd"),
        "source with dots": lambda: _version(client, "versions", source="mlflow-artifacts:/../x"),
        "update unknown": lambda: client.update_model_version("versions", "99", "x"),
        "tag unknown": lambda: client.set_model_version_tag("versions", "99", "a", "b"),
        "delete unknown": lambda: client.delete_model_version("versions", "99"),
        "uri unknown": lambda: client.get_model_version_download_uri("versions", "99"),
    }.items():
        see.error(name, call)


@scenario
def registry_stages(see):
    client = MlflowClient()
    client.create_registered_model("stages")
    for _ in range(4):
        _version(client, "stages")

    def stages():
        found = client.search_model_versions("name = 'stages'")
        return sorted([one.version, one.current_stage] for one in found)

    see("moved", client.transition_model_version_stage("stages", "1", "Staging"))
    client.transition_model_version_stage("stages", "2", "Production")
    client.transition_model_version_stage("stages", "3", "Production")
    see("two in production", stages())
    see(
        "latest", [[one.version, one.current_stage] for one in client.get_latest_versions("stages")]
    )
    client.transition_model_version_stage(
        "stages", "4", "production", archive_existing_versions=True
    )
    see("archived", stages())
    see(
        "latest of two",
        [one.version for one in client.get_latest_versions("stages", ["Production", "Staging"])],
    )
    client.transition_model_version_stage("stages", "4", "None")
    client.transition_model_version_stage("stages", "4", "Archived")
    see("in the end", stages())
    see("model", client.get_registered_model("stages"))
    see.error("no such stage", client.transition_model_version_stage, "stages", "1", "Live")
    see.error("empty stage", client.transition_model_version_stage, "stages", "1", "")
    see.error("no such version", client.transition_model_version_stage, "stages", "9", "Staging")
    see.error("no such model", client.transition_model_version_stage, "nobody", "1", "Staging")
    see.error("latest of no stage", client.get_latest_versions, "stages", ["Live"])
    see.error("latest of no model", client.get_latest_versions, "nobody")


@scenario
def registry_aliases(see):
    client = MlflowClient()
    client.create_registered_model("aliases")
    for _ in range(3):
        _version(client, "aliases")
    client.set_registered_model_alias("aliases", "champion", "1")
    client.set_registered_model_alias("aliases", "challenger", "2")
    client.set_registered_model_alias("aliases", "champion", "2")
    client.set_registered_model_alias("aliases", "ü", 3)
    see("champion", client.get_model_version_by_alias("aliases", "champion"))
    see("model", client.get_registered_model("aliases"))
    see("version", client.get_model_version("aliases", "1").aliases)
    client.delete_registered_model_alias("aliases", "challenger")
    see.error("deleted", client.get_model_version_by_alias, "aliases", "challenger")
    see.error("deleted twice", client.delete_registered_model_alias, "aliases", "challenger")
    client.delete_model_version("aliases", "2")
    see.error("its version is gone", client.get_model_version_by_alias, "aliases", "champion")
    see("model then", client.get_registered_model("aliases").aliases)
    for name, alias in {
        "latest": "latest",
        "number": "v1",
        "slash": "a/b",
        "long": "a" * 256,
        "empty": "",
        "dash": "a-b_c",
    }.items():
        see.error(f"alias {name}", client.set_registered_model_alias, "aliases", alias, "1")
    see.error("of no version", client.set_registered_model_alias, "aliases", "x", "99")
    see.error("of no model", client.set_registered_model_alias, "nobody", "x", "1")


@scenario
def registry_search(see):
    client = MlflowClient()
    run_id = client.create_run("0", run_name="searched").info.run_id
    for name, tags in {
        "find a": {"t": "1"},
        "find B": {"t": "2"},
        "find ü": {},
        "find_c": {"t": "1", "x y": "z"},
    }.items():
        client.create_registered_model(name, tags | {"searched": "yes"})
        for at in range(2):
            _version(
                client,
                name,
                f"s3://bucket/{name[-1]}{at}",
                run_id=run_id if at else None,
                tags={"v": str(at)},
            )

    def models(filter, **kwargs):
        return [one.name for one in client.search_registered_models(filter, **kwargs)]

    def versions(filter, **kwargs):
        return [[one.name, one.version] for one in client.search_model_versions(filter, **kwargs)]

    for filter in [
        "name LIKE 'find%'",
        "name ILIKE 'FIND%'",
        "name = 'find a'",
        "name != 'find a' AND tags.searched = 'yes'",
        "tags.t = '1'",
        "tags.t != '1'",
        "tags.`x y` = 'z'",
        "tag.t LIKE '%'",
        "name LIKE 'find_c'",
        "name > 'a'",
        "name IN ('find a')",
        "stage = 'x'",
        "name = 'a' OR name = 'b'",
        "name = a",
        "tags.t IS NULL",
    ]:
        see.error(f"models where {filter}", models, filter)
    for order in [
        "name",
        "name DESC",
        "timestamp",
        "last_updated_timestamp DESC",
        "creation_timestamp",
        "nowhere",
        "name x",
    ]:
        see.error(f"models by {order}", models, "tags.searched = 'yes'", order_by=[order])
    see.error("models by name twice", models, "", order_by=["name", "name"])
    for filter in [
        "name = 'find a'",
        "name LIKE 'find%'",
        "tags.v = '1'",
        "tags.v != '1' AND name LIKE 'find%'",
        "source_path = 's3://bucket/a0'",
        "source_path LIKE 's3://bucket/%'",
        "version_number = 2 AND name LIKE 'find%'",
        "version_number > 1 AND name ILIKE 'FIND%'",
        "version = '1'",
        "run_id > 'x'",
        "nowhere = 'x'",
        "run_id IN ()",
        "current_stage = 'None'",
        "name = 'a' OR name = 'b'",
    ]:
        see.error(f"versions where {filter}", versions, filter, order_by=["name", "version_number"])
    for order in [
        "version_number DESC",
        "name DESC",
        "creation_timestamp",
        "last_updated_timestamp DESC",
        "nowhere",
    ]:
        ties = [tie for tie in ["name", "version_number"] if tie not in order]
        see.error(f"versions by {order}", versions, "name LIKE 'find%'", order_by=[order, *ties])
    see("versions of a run", versions(f"run_id = '{run_id}'", order_by=["name"]))
    see("versions of runs", versions(f"run_id IN ('{run_id}', 'nobody')", order_by=["name"]))
    page = client.search_registered_models("tags.searched = 'yes'", max_results=3)
    see("page", page)
    see(
        "next page",
        client.search_registered_models(
            "tags.searched = 'yes'", max_results=3, page_token=page.token
        ),
    )
    see.error("none wanted", client.search_registered_models, max_results=0)
    see.error("too many wanted", client.search_registered_models, max_results=1001)
    see.error("too many versions wanted", client.search_model_versions, "", 200001)
    see.error("a token of one's own", client.search_registered_models, page_token="nonsense")
    page = client.search_model_versions("name LIKE 'find%'", 3, ["name ASC", "version_number ASC"])
    see("page of versions", [[one.name, one.version] for one in page] + [bool(page.token)])


@scenario
def registry_prompts(see):
    first = mlflow.genai.register_prompt(
        "greeting", "Hello {{name}}", commit_message="First", tags={"a": "1"}
    )
    second = mlflow.genai.register_prompt("greeting", "Good day {{name}}")
    see("versions", [first.version, second.version])
    see("loaded", mlflow.genai.load_prompt("prompts:/greeting/1").template)
    mlflow.genai.set_prompt_alias("greeting", "best", 2)
    see("by alias", mlflow.genai.load_prompt("prompts:/greeting@best").format(name="Ada"))
    see("found", [one.name for one in mlflow.genai.search_prompts()])
    see("no models", client_names("greeting"))


def client_names(part):
    return [one.name for one in MlflowClient().search_registered_models() if part in one.name]
