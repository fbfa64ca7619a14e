"""What scenarios are made of: they do something with the client, and tell what they see."""

import datetime
import math
import numbers
import traceback

import mlflow
import numpy
import pandas
from mlflow.entities._mlflow_object import _MlflowObject
from mlflow.exceptions import MlflowException
from mlflow.store.entities import PagedList

scenarios = []


def scenario(function):
    """Takes a function of `see` for a scenario; its name is the scenario's."""
    scenarios.append(function)
    return function


def _number(value):
    if isinstance(value, numbers.Integral):
        return int(value)
    value = float(value)
    return value if math.isfinite(value) else str(value)


def _table(frame):
    rows = [[plain(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
    order = sorted(range(len(frame.columns)), key=lambda at: str(frame.columns[at]))
    return {
        "columns": [str(frame.columns[at]) for at in order],
        "rows": [[row[at] for at in order] for row in rows],
    }


def plain(value):
    """A value of the client's as JSON has it."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (numpy.bool_,)):
        return bool(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return "NaT" if pandas.isna(value) else value.isoformat()
    if value is pandas.NaT:
        return "NaT"
    if isinstance(value, numbers.Number):
        return _number(value)
    if isinstance(value, PagedList):
        return {"page": [plain(item) for item in value], "more": bool(value.token)}
    if isinstance(value, pandas.DataFrame):
        return _table(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, numpy.ndarray):
        return plain(value.tolist())
    if isinstance(value, _MlflowObject) or hasattr(value, "items"):
        pairs = value.items() if hasattr(value, "items") else iter(value)
        named = {str(key): plain(item) for key, item in pairs if not str(key).startswith("_")}
        return dict(sorted(named.items()))
    if hasattr(value, "to_dictionary"):
        return plain(value.to_dictionary())
    if hasattr(value, "__getitem__"):
        return [plain(item) for item in list(value)]
    raise TypeError(f"A scenario sees a {type(value).__name__}, which has no plain form.")


class See:
    """Notes what a scenario sees, each under a name of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.steps = {}

    def __call__(self, name, value):
        if name in self.steps:
            raise KeyError(f"The scenario sees two things called {name}.")
        self.steps[name] = plain(value)

    def error(self, name, function, *args, **kwargs):
        """Notes how the client refuses a call, or what it gives."""
        try:
            given = function(*args, **kwargs)
        except MlflowException as error:
            self(
                name,
                {
                    "class": type(error).__name__,
                    "code": error.error_code,
                    "status": error.get_http_status_code(),
                    "message": str(error),
                },
            )
        except Exception as error:  # what the client itself refuses, or takes for an answer of HTTP
            message = str(error).split(" Response text:")[0]
            self(name, {"class": type(error).__name__, "message": message})
        else:
            self(name, {"given": given})


def play(function, folder):
    """Plays one scenario: what it saw, and where it broke off if it did."""
    see = See(folder)
    outcome = {"scenario": function.__name__, "steps": see.steps}
    try:
        mlflow.set_experiment(experiment_id="0")
        function(see)
    except Exception:
        outcome["crash"] = traceback.format_exc()
        mlflow.end_run()
    return outcome
