"""Requests as somebody may send them, and the answers that the model which is served gives."""

import json
from dataclasses import asdict
from typing import Any

from stancekit.serving.classifier import Classifier
from stancekit.serving.evidence import explain
from stancekit.serving.http.mlflow_protocol import rows_of
from stancekit.serving.http.request_schemas import ScoreRequest
from stancekit.serving.http.work import Scoring, SentenceScoring, given_documents, to_json
from stancekit.serving.passages import sentence_passage

__all__ = ["Examples"]

JsonObject = dict[str, Any]

_TEXT = "Beijing bans exports of gallium. Foreign firms remain welcome in China."
_SENTENCE = "Foreign firms remain welcome in China."
_DOCUMENTS: list[JsonObject] = [
    {"id": "a-1", "text": _TEXT, "metadata": {"outlet": "Daily"}},
    {"text": "…"},
]


class Examples:
    """Examples, name -> what is sent, and name -> what is answered.

    Those of one name belong together. `file` is the answer to `_TEXT` in a file `a-1`.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._task = classifier.codebook.task_names[0]

    def scored(self) -> tuple[JsonObject, JsonObject]:
        """Return requests and answers of `/v1/score`."""
        asked: JsonObject = {
            "documents": {"documents": _DOCUMENTS},
            "sentences": {"sentences": [{"text": _SENTENCE, "context": "Tariffs rose."}]},
        }
        return asked, {name: self._scored(body) for name, body in asked.items()}

    def file(self) -> JsonObject:
        """Return an answer of `/v1/files`."""
        return {"text": self._scored({"documents": _DOCUMENTS[:1], "with_text": True})}

    def explained(self) -> tuple[JsonObject, JsonObject]:
        """Return requests and answers of `/v1/evidence`."""
        found = asdict(explain(self._classifier, _SENTENCE, self._task))
        return {"one": {"text": _SENTENCE, "task": self._task}}, {"one": _plain(found)}

    def invoked(self) -> tuple[JsonObject, JsonObject]:
        """Return requests of `/invocations` in its four forms, and the answer to them."""
        asked: JsonObject = {
            "inputs": {"inputs": [_SENTENCE]},
            "instances": {"instances": [_SENTENCE]},
            "dataframe_split": {"dataframe_split": {"columns": ["text"], "data": [[_SENTENCE]]}},
            "dataframe_records": {"dataframe_records": [{"text": _SENTENCE}]},
        }
        passage = sentence_passage("", _SENTENCE)
        scored = self._classifier.score_encoded(self._classifier.encode([passage]))
        return asked, {"inputs": _plain({"predictions": rows_of(list(scored))})}

    def _scored(self, body: JsonObject) -> JsonObject:
        given = ScoreRequest.model_validate(body)
        work = (
            Scoring(self._classifier, given_documents(given.documents), with_text=given.with_text)
            if given.documents is not None
            else SentenceScoring(self._classifier, (), sentences=given.sentences or [])
        )
        passages = list(work.passages())
        scored = self._classifier.score_encoded(self._classifier.encode(passages))
        found: JsonObject = json.loads(work.answer(list(zip(passages, scored, strict=True))))
        return found


def _plain(content: JsonObject) -> JsonObject:
    found: JsonObject = json.loads(to_json(content))
    return found
