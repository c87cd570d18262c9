"""Texts into interests: pure and deterministic. What is understood and what is not: docs/algorithms/tracking.md §8."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import jieba

HALF_LIFE: Final = timedelta(days=180)
EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
LONGEST_TEXT: Final = 10_000
LONGEST_SENTENCE: Final = 500
_MOST_SENTENCES: Final = 200

_SENTENCE_END: Final = re.compile(r"[。！？!?；;…\n\r]+|(?<=[a-z])\.(?=\s|$)", re.IGNORECASE)
_CLAUSE_END: Final = frozenset("，、,：:")
_NEGATIONS: Final = (
    "不", "没", "没有", "别", "不要", "不再", "不太", "不想", "不是", "不会", "从不",
    "讨厌", "不爱", "不喜欢", "无", "非",
    "not", "no", "never", "don't", "doesn't", "didn't", "hate", "dislike", "without",
)  # fmt: skip
_REACH: Final = 3
_ENGLISH: Final = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Mention:
    """An interest found in a sentence: `sign` is −1 where it is denied."""

    interest: str
    term: str
    sign: int
    sentence: str
    sentence_number: int


class Lexicon:
    """Terms and the interests they show. Case and width of letters do not matter."""

    def __init__(self, terms: Mapping[str, str], *, cache_dir: str) -> None:
        self._words = {_words_of(term): (term, interest) for term, interest in terms.items() if fold(term).strip()}
        self._longest = max((len(words) for words in self._words), default=0)
        self._cutter = _cutter(tuple(sorted(fold(term) for term in terms if not _is_english(fold(term)))), cache_dir)

    def mentions(self, text: str) -> list[Mention]:
        """The interests of a text, each at most once in a sentence, in the order of the text."""
        if not self._words:
            return []
        found: list[Mention] = []
        for number, sentence in enumerate(sentences(text)):
            said: set[str] = set()
            words = self._cut(sentence)
            at = 0
            while at < len(words):
                length = self._match(words, at)
                if not length:
                    at += 1
                    continue
                term, interest = self._words[tuple(words[at : at + length])]
                if interest not in said:
                    said.add(interest)
                    sign = -1 if _denied(words, at) else 1
                    found.append(Mention(interest, term, sign, sentence[:LONGEST_SENTENCE], number))
                at += length
        return found

    def _cut(self, sentence: str) -> list[str]:
        words: list[str] = []
        for piece in _pieces(fold(sentence)):
            if _ENGLISH.fullmatch(piece):
                words.append(piece)
            else:
                words.extend(word for word in self._cutter.cut(piece, HMM=False) if word.strip())
        return words

    def _match(self, words: list[str], at: int) -> int:
        for length in range(min(self._longest, len(words) - at), 0, -1):
            if tuple(words[at : at + length]) in self._words:
                return length
        return 0


def fold(text: str) -> str:
    """Lower case, full-width letters as plain ones, curly apostrophes straight."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").lower()


def sentences(text: str) -> list[str]:
    """The sentences of a text, trimmed, at most 200."""
    cut = (part.strip() for part in _SENTENCE_END.split(text[:LONGEST_TEXT]))
    return [part for part in cut if part][:_MOST_SENTENCES]


def weight_at_epoch(sign: int, said_at: datetime) -> float:
    """What a word said at `said_at` counts as of EPOCH: such weights add up and need no renewal as time passes."""
    return sign * 2.0 ** ((said_at - EPOCH) / HALF_LIFE)


def score(weight: float, *, now: datetime) -> float:
    """What a sum of such weights counts now: a word just said is 1, one of 180 days ago a half."""
    return weight * 2.0 ** (-((now - EPOCH) / HALF_LIFE))


def _denied(words: list[str], at: int) -> bool:
    for word in reversed(words[max(0, at - _REACH) : at]):
        if word in _CLAUSE_END:
            return False
        if word in _NEGATIONS:
            return True
    return False


def _pieces(text: str) -> list[str]:
    """Runs of English words and what lies between, in order."""
    pieces, end = [], 0
    for match in _ENGLISH.finditer(text):
        pieces += [text[end : match.start()], match.group()]
        end = match.end()
    return [piece for piece in (*pieces, text[end:]) if piece.strip()]


def _words_of(term: str) -> tuple[str, ...]:
    folded = fold(term).strip()
    return tuple(_ENGLISH.findall(folded)) if _is_english(folded) else (folded,)


def _is_english(term: str) -> bool:
    return term.isascii()


@lru_cache(maxsize=4)
def _cutter(terms: tuple[str, ...], cache_dir: str) -> jieba.Tokenizer:
    """A tokenizer that knows these terms, and the negations, as words. Its dictionary takes a second and 60 MB, and is
    kept ready to load in `cache_dir`, which nobody else may write to."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    cutter = jieba.Tokenizer()
    cutter.tmp_dir = cache_dir
    cutter.initialize()
    for word in (*terms, *(word for word in _NEGATIONS if not word.isascii())):
        # So heavy that the shortest path through a sentence takes the whole term.
        cutter.add_word(word, freq=10**8 if word in terms else 10**6)
    return cutter
