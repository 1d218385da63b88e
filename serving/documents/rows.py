"""A row of a table as a document: text, identifier, and every other column as metadata."""

from collections.abc import Mapping

from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents.identifiers import Identifiers
from stancekit.serving.documents.options import ReadingOptions

__all__ = ["Rows", "json_type"]


class Rows:
    """The rows of one table, in which each identifier stands once; `unit` is "line" or "row"."""

    def __init__(self, place: str, unit: str, options: ReadingOptions) -> None:
        self._place = place
        self._unit = unit
        self._options = options
        self._seen = Identifiers()

    def where(self, number: int) -> str:
        """Return the place of row `number`."""
        return f"{self._place}, {self._unit} {number}"

    def set_aside(self, number: int, reason: str) -> SetAside:
        """Return why row `number` is not scored, where it has no identifier yet."""
        return SetAside("", self.where(number), reason)

    def document(self, number: int, row: Mapping[str, object]) -> Document | SetAside:
        """Return row `number` as a document, or why it is none."""
        options, where = self._options, self.where(number)
        column = options.id_column or "id"
        if options.id_column and column not in row:
            return SetAside("", where, f"has no '{column}' to take the identifier from")
        own = row.get(column)
        id_ = where if own in (None, "") else str(own)
        reason = self._fault(row)
        if reason:
            return SetAside(id_, where, reason)
        earlier = self._seen.first(id_, number) if id_ != where else 0
        if earlier:
            reason = f"identifier '{id_:.80}' is that of {self._unit} {earlier}, too"
            return SetAside(id_, where, reason)
        metadata = {k: v for k, v in row.items() if k not in (options.text_column, column)}
        text = str(row[options.text_column])
        return Document(id_, text, metadata, None, options.one_sentence, where)

    def _fault(self, row: Mapping[str, object]) -> str:
        column = self._options.text_column
        if column not in row:
            return f"has no '{column}' (choose one with --text-column)"
        text = row[column]
        if not isinstance(text, str):
            return f"'{column}' should be a text, given {json_type(text)}"
        return "" if text.strip() else f"'{column}' is empty"


def json_type(value: object) -> str:
    """Return what a value is, in words.

    >>> json_type([1])
    'a list'
    """
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        bytes: "bytes",
    }
    return "null" if value is None else names.get(type(value), f"a {type(value).__name__}")
