"""What stancekit raises for anything that a user can get wrong.

    StancekitError
    ├── InputError            a document or text that cannot be scored
    ├── DataError             sentences, annotations or sources that do not fit together
    ├── ConfigurationError    a recipe or codebook with unknown, missing or wrong keys
    ├── BundleError           a model folder that is damaged, unknown or unsafe
    └── MissingExtraError     a command whose optional packages are not installed

Every message says what was given, what was expected and where. The command line prints it as one
line and ends with exit code 2.
"""

__all__ = [
    "BundleError",
    "ConfigurationError",
    "DataError",
    "InputError",
    "MissingExtraError",
    "StancekitError",
]


class StancekitError(Exception):
    """Base of all errors that a user can cause and mend."""


class InputError(StancekitError):
    """A document or a text cannot be scored."""


class DataError(StancekitError):
    """Sentences, annotations or sources do not fit together."""


class ConfigurationError(StancekitError):
    """A recipe or codebook has unknown, missing or wrong keys."""


class BundleError(StancekitError):
    """A model folder is damaged, of an unknown format, or unsafe to load."""


class MissingExtraError(StancekitError):
    """A command needs packages that the plain install leaves out."""
