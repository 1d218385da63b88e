"""Documents in: files, folders and standard input, one at a time, the bad ones set aside."""

from stancekit.serving.documents.files import find_files
from stancekit.serving.documents.forms import SUFFIXES
from stancekit.serving.documents.options import ReadingOptions
from stancekit.serving.documents.reading import (
    read_documents,
    read_standard_input,
    read_stream,
    sources_file,
)

__all__ = [
    "SUFFIXES",
    "ReadingOptions",
    "find_files",
    "read_documents",
    "read_standard_input",
    "read_stream",
    "sources_file",
]
