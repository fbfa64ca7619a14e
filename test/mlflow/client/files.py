"""Artifacts: what is logged, listed, loaded and downloaded."""

import json
import pathlib
import urllib.parse

import mlflow
import numpy
import pandas
import requests
from harness import scenario
from mlflow.artifacts import download_artifacts, list_artifacts, load_dict, load_image, load_text
from mlflow.tracking import MlflowClient


def _tree(client, run_id, path=None):
    files = []
    for file in client.list_artifacts(run_id, path):
        files.append([file.path, file.is_dir, file.file_size])
        if file.is_dir:
            files.extend(_tree(client, run_id, file.path))
    return files


@scenario
def artifact_kinds(see):
    mlflow.set_experiment("artifacts")
    folder = see.folder / "out"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep" / "b.bin").write_bytes(bytes(range(256)) * 40)
    with mlflow.start_run(run_name="artifacts") as run:
        mlflow.log_artifact(str(folder / "a.txt"))
        mlflow.log_artifact(str(folder / "a.txt"), "in/a folder")
        mlflow.log_artifacts(str(folder))
        mlflow.log_artifacts(str(folder), "all of it")
        mlflow.log_text("Grüße 🦉\n", "text/greeting.txt")
        mlflow.log_text("<h1>hi</h1>", "page.html")
        mlflow.log_dict({"k": [1, 2, {"ü": None}]}, "data.json")
        mlflow.log_dict({"k": [1, 2]}, "data.yaml")
    client, id = MlflowClient(), run.info.run_id
    see("uri", mlflow.get_run(id).info.artifact_uri)
    see("tree", _tree(client, id))
    client.log_text(id, "", "empty/file.txt")
    see("empty file", _tree(client, id, "empty"))
    see("folder", [file.path for file in list_artifacts(run_id=id, artifact_path="all of it")])
    see("file as a folder", list_artifacts(run_id=id, artifact_path="data.json"))
    see("nothing", list_artifacts(run_id=id, artifact_path="nothing"))
    see("text", load_text(f"runs:/{id}/text/greeting.txt"))
    see("dict", load_dict(f"runs:/{id}/data.json"))
    see(
        "bytes",
        list(
            pathlib.Path(download_artifacts(run_id=id, artifact_path="deep/b.bin")).read_bytes()[:9]
        ),
    )
    whole = pathlib.Path(download_artifacts(run_id=id, dst_path=str(see.folder / "whole")))
    see(
        "whole", sorted(str(file.relative_to(whole)) for file in whole.rglob("*") if file.is_file())
    )
    mlflow.MlflowClient().log_text(id, "changed", "page.html")
    see("overwritten", load_text(f"runs:/{id}/page.html"))
    see.error("missing", client.download_artifacts, id, "nothing.txt")
    see.error("outside", client.list_artifacts, id, "../..")
    see.error("no such run", client.list_artifacts, "nobody")


@scenario
def artifact_figures(see):
    from matplotlib import pyplot

    mlflow.set_experiment("artifact figures")
    with mlflow.start_run(run_name="figures") as run:
        figure, axes = pyplot.subplots()
        axes.plot([1, 2, 3])
        mlflow.log_figure(figure, "figures/line.png")
        pyplot.close(figure)
        image = numpy.zeros((8, 8, 3), dtype=numpy.uint8)
        mlflow.log_image(image, "black.png")
        for step in range(2):
            mlflow.log_image(image, key="seen", step=step, timestamp=7)
        mlflow.log_table({"q": ["a", "b"], "n": [1, 2]}, "table.json")
        mlflow.log_table(pandas.DataFrame({"q": ["c"], "n": [3]}), "table.json")
    tree = [
        [path, is_dir]
        for path, is_dir, _ in _tree(MlflowClient(), run.info.run_id)
        if "seen" not in path
    ]
    see("tree", tree)
    see("images", len(list_artifacts(run_id=run.info.run_id, artifact_path="images")))
    see("image", list(load_image(f"runs:/{run.info.run_id}/black.png").size))
    see("table", mlflow.load_table("table.json", run_ids=[run.info.run_id]))
    see("tags", mlflow.get_run(run.info.run_id).data.tags)


@scenario
def artifact_names(see):
    client = MlflowClient()
    id = client.create_run(client.create_experiment("artifact names")).info.run_id
    for name in [
        "a b.txt",
        "ü.txt",
        "日本.txt",
        "🦉.txt",
        "per%cent.txt",
        "plus+.txt",
        "hash#.txt",
        "query?.txt",
        "and&.txt",
        "semi;colon.txt",
        "quote'.txt",
        "comma,.txt",
        "(brackets).txt",
        "[x].txt",
        "~.txt",
        ".hidden",
        "UPPER.TXT",
        "a=b",
        "at@.txt",
        "d:e.txt",
        "%2e%2e.txt",
    ]:
        see.error(f"log {name}", client.log_text, id, f"in {name}", name)
        see.error(
            f"load {name}",
            lambda: load_text(f"{client.get_run(id).info.artifact_uri}/{urllib.parse.quote(name)}"),
        )
    see("tree", sorted(_tree(client, id)))


@scenario
def artifact_downloads_over_http(see):
    server = mlflow.get_tracking_uri()
    client = MlflowClient()
    id = client.create_run(client.create_experiment("artifact downloads")).info.run_id
    for name in ["a.txt", "page.html", "data.json", "a b.csv", "unknown.zzzz", "picture.svg"]:
        client.log_text(id, "0123456789" * 10, name)
        answer = requests.get(f"{server}/get-artifact", {"run_id": id, "path": name}, timeout=60)
        wanted = ["content-type", "content-disposition", "x-content-type-options"]
        see(
            name,
            [
                answer.status_code,
                len(answer.content),
                *(answer.headers.get(header) for header in wanted),
            ],
        )
    for name, query in {
        "missing": {"run_id": id, "path": "no"},
        "no run": {"run_id": "nobody", "path": "a.txt"},
        "outside": {"run_id": id, "path": "../a.txt"},
    }.items():
        answer = requests.get(f"{server}/get-artifact", query, timeout=60)
        see(name, [answer.status_code, json.loads(answer.content).get("message")])


@scenario
def artifact_large(see):
    client = MlflowClient()
    id = client.create_run(client.create_experiment("artifact large")).info.run_id
    file = see.folder / "large.bin"
    file.write_bytes(bytes(range(256)) * (20 << 12))
    client.log_artifact(id, str(file))
    see("listed", client.list_artifacts(id))
    got = pathlib.Path(client.download_artifacts(id, "large.bin", str(see.folder)))
    see("the same", got.stat().st_size == 20 << 20 and got.read_bytes()[-256:] == bytes(range(256)))
