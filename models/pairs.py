"""What an encoder reads: a sentence, and as much of the one before it as there is room for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from stancekit.labels.configuration import strict
from stancekit.labels.errors import BundleError
from stancekit.models.predictor import IntArray
from stancekit.models.text import normalise

__all__ = ["Batch", "EncodedPair", "PairEncoder", "PairSettings"]


@strict
class PairSettings:
    """How many tokens a pair may have, whether the context is read, and the id of the padding."""

    longest_tokens: Annotated[int, Field(ge=8, le=8192)]
    context: bool
    padding: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """Token ids of one pair and, for each, which of the two texts it is of (0 or 1)."""

    ids: list[int]
    types: list[int]


@dataclass(frozen=True)
class Batch:
    """Pairs filled up to the longest; `mask` is 1 at tokens. *Shape:* (pairs, tokens)."""

    ids: IntArray
    types: IntArray
    mask: IntArray


class PairEncoder:
    """A sentence and its context to token ids, by a `tokenizer.json` and the template in it.

    Of a pair that is too long the context is cut, from its beginning, and the sentence only where
    it is too long without any. Raises BundleError if `content` is no tokenizer.
    """

    def __init__(self, content: str, settings: PairSettings, where: str) -> None:
        # Here, so that nothing but an encoder needs the package.
        from tokenizers import Tokenizer  # noqa: PLC0415

        try:
            self._tokenizer: Any = Tokenizer.from_str(content)
        except Exception as fault:  # noqa: BLE001  (the package raises nothing more exact)
            raise BundleError(f"{where}: is not a tokenizer ({fault})") from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.settings = settings
        self._before = self._tokenizer.encode("a").special_tokens_mask.index(0)

    def encode(self, texts: Sequence[str], contexts: Sequence[str] | None) -> list[EncodedPair]:
        """Return the tokens of each text and its context; both are normalised first."""
        sentences = self._tokens(texts)
        if not self.settings.context or contexts is None:
            return [self._join(sentence, None) for sentence in sentences]
        before = self._tokens(contexts)
        return [
            self._join(sentence, context)
            for sentence, context in zip(sentences, before, strict=True)
        ]

    def pad(self, pairs: Sequence[EncodedPair]) -> Batch:
        """Return `pairs` as arrays."""
        longest = max((len(pair.ids) for pair in pairs), default=0)
        ids = np.full((len(pairs), longest), self.settings.padding, dtype=np.int64)
        types, mask = np.zeros_like(ids), np.zeros_like(ids)
        for row, pair in enumerate(pairs):
            ids[row, : len(pair.ids)] = pair.ids
            types[row, : len(pair.types)] = pair.types
            mask[row, : len(pair.ids)] = 1
        return Batch(ids, types, mask)

    def _tokens(self, texts: Sequence[str]) -> list[Any]:
        plain = [normalise(text) for text in texts]
        return list(self._tokenizer.encode_batch(plain, add_special_tokens=False))

    def _join(self, sentence: Any, context: Any) -> EncodedPair:
        room = self.settings.longest_tokens - self._tokenizer.num_special_tokens_to_add(
            is_pair=False
        )
        sentence.truncate(room)
        room = self.settings.longest_tokens - self._tokenizer.num_special_tokens_to_add(
            is_pair=True
        )
        room -= len(sentence.ids)
        if context is None or room <= 0 or not context.ids:
            alone = self._tokenizer.post_process(sentence)
            return EncodedPair(alone.ids, [0] * len(alone.ids))
        context.truncate(room, direction="left")
        joined = self._tokenizer.post_process(sentence, context)
        # Not every template fills in types of its own, so they are counted: the first text has
        # what stands before it, its tokens and the sign behind it.
        first = self._before + len(sentence.ids) + 1
        return EncodedPair(joined.ids, [0] * first + [1] * (len(joined.ids) - first))
