"""What commands do with a document that cannot be scored: end with its place and reason."""

from collections.abc import Iterable, Iterator

from stancekit.labels.errors import InputError
from stancekit.serving.document import Document, SetAside

__all__ = ["accepted"]


def accepted(read: Iterable[Document | SetAside]) -> Iterator[Document]:
    """Yield the documents of `read`; raises InputError for the first that is set aside."""
    for item in read:
        if isinstance(item, SetAside):
            raise InputError(f"{item.place}: {item.reason}")
        yield item
