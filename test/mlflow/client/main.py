"""Plays scenarios with the client against the server at MLFLOW_TRACKING_URI: a line of JSON for each.

python main.py [group ...]
"""

import importlib
import json
import logging
import pathlib
import sys
import tempfile
import warnings

GROUPS = (
    "experiments",
    "runs",
    "metrics",
    "searches",
    "files",
    "registry",
    "logged_models",
    "models",
    "training",
)


def main():
    # What is told goes to standard output, and nothing else does.
    told, sys.stdout = sys.stdout, sys.stderr
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    from harness import play, scenarios

    for group in sys.argv[1:] or GROUPS:
        importlib.import_module(group)
    for scenario in scenarios:
        with tempfile.TemporaryDirectory(prefix="scenario-") as folder:
            print(json.dumps(play(scenario, pathlib.Path(folder))), file=told, flush=True)


if __name__ == "__main__":
    main()
