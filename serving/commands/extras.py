"""Some commands need an extra; say which package is missing instead of failing."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from stancekit.labels.errors import MissingExtraError, StancekitError

__all__ = ["reporting", "training"]


@contextmanager
def training(command: str) -> Iterator[None]:
    """Run a block that imports `stancekit.training`, its faults told in one line.

    Raises MissingExtraError if a package of the extra is not installed, and StancekitError for what
    MLflow reports, such as a server that does not answer.
    """
    # Read by MLflow as it is imported; a user who wants its telemetry or bars sets the variables.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        import mlflow  # noqa: PLC0415  (scoring must start without it)
        from mlflow.exceptions import MlflowException  # noqa: PLC0415
    except ModuleNotFoundError as fault:
        raise _missing(command, fault, "train") from None
    logging.getLogger(mlflow.__name__).setLevel(logging.WARNING)
    try:
        yield
    except ModuleNotFoundError as fault:
        raise _missing(command, fault, "train") from None
    except MlflowException as fault:
        raise StancekitError(f"{command}: MLflow says: {str(fault).splitlines()[0]}") from None


@contextmanager
def reporting(command: str) -> Iterator[None]:
    """Run a block that writes a report; raises MissingExtraError if a package is not installed."""
    try:
        import jinja2  # noqa: PLC0415
        import matplotlib  # noqa: PLC0415
    except ModuleNotFoundError as fault:
        raise _missing(command, fault, "report") from None
    logging.getLogger(matplotlib.__name__).setLevel(logging.ERROR)
    logging.getLogger(jinja2.__name__).setLevel(logging.WARNING)
    yield


def _missing(command: str, fault: ModuleNotFoundError, extra: str) -> MissingExtraError:
    return MissingExtraError(
        f"{command}: needs {fault.name}, which is not installed"
        f" (in the checkout: pip install '.[{extra}]')"
    )
