"""The bundle as an MLflow pyfunc, which MLflow loads from this file instead of from a pickle.

MLflow runs this file to find the model that `set_model` names ("models from code"); nothing else
imports it. The bundle lies beside it as an artifact and is verified as it is loaded.
"""

from pathlib import Path

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from stancekit.labels.errors import InputError
from stancekit.models.bundle import read_bundle
from stancekit.models.text import check_text


class BundleModel(PythonModel):
    """Texts in, one row a text and task out: sentence, text, task, label, probability.

    `sentence` is the position of the text in the input. The input is a list of texts or a table of
    one column; a text that cannot be scored raises InputError with its position. Each text stands
    alone: a model that reads the sentence before is given none here.
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Read and verify the bundle."""
        self.bundle = read_bundle(Path(context.artifacts["bundle"]))

    # The hint makes MLflow refuse nulls, which it would hand over as the word "None" otherwise. It
    # knows no hint for a table, so the output's schema is set when the model is logged.
    def predict(self, model_input: list[str]):  # type: ignore[no-untyped-def, override]
        """Return the labels of `model_input`."""
        texts = [_checked(text, f"input {row}") for row, text in enumerate(model_input)]
        predicted = self.bundle.model.probabilities(texts)
        rows = []
        for position, text in enumerate(texts):
            for task in self.bundle.codebook.tasks:
                probabilities = predicted[task.name][position]
                best = int(probabilities.argmax())
                rows.append(
                    {
                        "sentence": position,
                        "text": text,
                        "task": task.name,
                        "label": task.label_names[best],
                        "probability": float(probabilities[best]),
                    }
                )
        return pd.DataFrame(rows, columns=["sentence", "text", "task", "label", "probability"])


def _checked(text: object, where: str) -> str:
    # MLflow's server writes a null out as a word before it gets here.
    if text in ("None", "nan", "NaN"):
        raise InputError(f"{where}: expected a text, given null")
    return check_text(text, where)


mlflow.models.set_model(BundleModel())
