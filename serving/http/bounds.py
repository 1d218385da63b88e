"""What the schemas of requests say beyond their types: limits, tasks, forms."""

from typing import Any

from stancekit.labels.codebook import Codebook
from stancekit.models.text import LONGEST_SENTENCE
from stancekit.serving.http.limits import Limits

__all__ = ["bounded"]

JsonObject = dict[str, Any]


def bounded(schemas: JsonObject, limits: Limits, codebook: Codebook) -> JsonObject:
    """Return name -> schema with what holds in a service of these limits; `schemas` is changed."""
    _score(schemas, limits)
    evidence = schemas["EvidenceRequest"]["properties"]
    evidence["task"]["enum"] = list(codebook.task_names)
    for name in ("text", "context"):
        evidence[name]["maxLength"] = limits.evidence_characters
    _invocations(schemas["InvocationsRequest"], limits)
    return schemas


def _score(schemas: JsonObject, limits: Limits) -> None:
    request = schemas["ScoreRequest"]
    for name in ("documents", "sentences"):
        [items] = [own for own in request["properties"][name]["anyOf"] if "items" in own]
        request["properties"][name] = {**items, "maxItems": limits.documents}
    request["oneOf"] = [{"required": ["documents"]}, {"required": ["sentences"]}]
    schemas["DocumentIn"]["properties"]["text"]["maxLength"] = limits.characters
    for name in ("text", "context"):
        schemas["SentenceIn"]["properties"][name]["maxLength"] = limits.characters


def _invocations(request: JsonObject, limits: Limits) -> None:
    """Describe the four forms: texts, rows of one column or with one called `text`, a column."""
    text = {"type": "string", "maxLength": LONGEST_SENTENCE}
    many = {"type": "array", "maxItems": limits.documents}
    texts = {**many, "items": text}
    alone = {"minProperties": 1, "maxProperties": 1}
    row = {
        "anyOf": [
            {"type": "object", "additionalProperties": text, **alone},
            {"type": "object", "properties": {"text": text}, "required": ["text"]},
        ]
    }
    column = {"type": "object", "additionalProperties": texts, **alone}
    listed = {"type": "array", "items": text, "minItems": 1, "maxItems": 1}
    values = {"anyOf": [texts, {**many, "items": row}, {**many, "items": listed}, column]}
    request["properties"].update(
        dataframe_split={
            "type": "object",
            "properties": {
                "columns": {"type": ["array", "null"], "items": {"type": ["string", "integer"]},
                            "minItems": 1, "maxItems": 1,
                            "description": "more, if one is called `text`"},
                "index": {"type": ["array", "null"]},
                "data": {**many, "items": listed},
            },
            "required": ["data"],
            "additionalProperties": False,
        },
        dataframe_records={**many, "items": row},
        instances=values,
        inputs=values,
    )  # fmt: skip
    request["oneOf"] = [
        {"required": [name]}
        for name in ("dataframe_split", "dataframe_records", "instances", "inputs")
    ]
