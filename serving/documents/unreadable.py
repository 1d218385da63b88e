"""The fault that ends the reading of a file; rows and documents before it stand."""

__all__ = ["Unreadable"]


class Unreadable(Exception):  # noqa: N818  (it never leaves the package: it becomes a SetAside)
    """Why a file cannot be read, or not beyond `line`; the message goes on from the file's name."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line
