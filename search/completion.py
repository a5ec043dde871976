"""Completion while typing: what goes on as the words typed so far, marks or not.

    completion = Completion()
    completion.put("7", "Máy sấy nhãn bơm nhiệt")
    completion.texts("may say", 5)  # [Suggestion("Máy sấy nhãn bơm nhiệt", "7")]
    completion.runs("may say", 5)   # "máy sấy nhãn", if several texts go on so

The words typed must stand in a row, the last may be unfinished, and an accent that was typed must
be there. Everything is in memory: what was taken out is nowhere any more.
"""

import threading
import unicodedata
from array import array
from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass

from search import analysis

LONGEST_TYPED = 80  # characters; nobody waits for the completion of a paragraph
SCANNED = 20_000  # texts that hold the words, looked through for those that hold them in a row
READ = 300  # of those, read in full
WORDS_BEGINNING = 400  # words an unfinished one may become
GOES_ON = 2  # words a run may have more than were typed
SHARED = 2  # texts at least, for a run of words to be offered by itself

# A run that ends so is a piece of a sentence, not a thing.
OF_SENTENCES = """
    và của các những với để cho từ bằng trong tại là thì mà một có được này đó về theo hoặc bị do
    đã đang sẽ như rằng ở không trên dưới ra vào khi nào cần tìm muốn chưa rồi nhưng
    and of for with from by the a an to in on at or
"""
SMALL = frozenset(OF_SENTENCES.split())
TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True)
class Suggestion:
    """`text` as it is written; `key` of the text, None for a run of words; how many texts have
    it, among those looked at."""

    text: str
    key: str | None
    count: int = 1


class Completion:
    """Texts by key. Any number of threads may ask and write."""

    def __init__(self):
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._texts: list[tuple[str, str, str] | None] = []  # (key, text, " folded words")
        self._holding: dict[str, array] = {}  # folded word -> numbers of texts, oldest first
        self._words: list[str] = []  # sorted

    def __len__(self) -> int:
        return len(self._numbers)

    def put(self, key: str, text: str) -> None:
        """Add a text, or replace what the key stood for."""
        folded = [token.folded for token in analysis.tokens(text)]
        with self._lock:
            at = self._numbers.get(key)
            if at is not None and self._texts[at][1] == text:
                return
            self._forget(key)
            number = self._numbers[key] = len(self._texts)
            self._texts.append((key, text, f" {' '.join(folded)}"))
            for word in set(folded):
                if word not in self._holding:
                    self._holding[word] = array("I")
                    insort(self._words, word)
                self._holding[word].append(number)

    def remove(self, key: str) -> None:
        with self._lock:
            self._forget(key)

    def _forget(self, key):
        number = self._numbers.pop(key, None)
        if number is not None:
            self._texts[number] = None
        if len(self._texts) > 2 * len(self._numbers) + 1000:
            self._compact()

    def _compact(self):
        kept = [entry for entry in self._texts if entry is not None]
        self._texts, self._holding = kept, {}
        self._numbers = {key: number for number, (key, _text, _folded) in enumerate(kept)}
        for number, (_key, _text, folded) in enumerate(kept):
            for word in set(folded.split()):
                self._holding.setdefault(word, array("I")).append(number)
        self._words = sorted(self._holding)

    # -- asking

    def texts(self, typed: str, limit: int) -> list[Suggestion]:
        """Texts that hold what was typed: those that begin so first, then shorter ones."""
        found = {key: (at > 0, len(text), text) for key, text, _tokens, at in self._found(typed)}
        best = sorted(found, key=lambda key: (*found[key], key))[:limit]
        return [Suggestion(found[key][-1], key) for key in best]

    def runs(self, typed: str, limit: int) -> list[Suggestion]:
        """What was typed with up to two words more, where several texts go on so; the most shared
        first. A run no more shared than a longer one is not offered beside it."""
        length = len(_typed(typed))
        texts: Counter[str] = Counter()
        spelt: dict[str, Counter[str]] = {}
        for _key, text, tokens, at in self._found(typed):
            for more in range(GOES_ON + 1):
                run = tokens[at : at + length + more]
                last = run[-1].text
                if len(run) < length + more or last in SMALL or last.isdigit():
                    continue
                name = " ".join(token.text for token in run)
                texts[name] += 1
                written = " ".join(_written(text, token) for token in run)
                spelt.setdefault(name, Counter())[written] += 1
        shared = {run: count for run, count in texts.items() if count >= SHARED}
        whole = [
            run
            for run in shared
            if not any(o.startswith(f"{run} ") and shared[o] == shared[run] for o in shared)
        ]
        return [
            Suggestion(spelt[run].most_common(1)[0][0], None, shared[run])
            for run in sorted(whole, key=lambda run: (-shared[run], run))[:limit]
        ]

    def _found(self, typed):
        """(key, text, tokens, number of the first word that fits) of texts that fit, latest
        first."""
        words = _typed(typed)
        if not words:
            return []
        folded = [analysis.folded(word) for word in words]
        begun = f" {' '.join(folded)}"
        with self._lock:
            entries = [self._texts[number] for number in self._numbers_holding(folded)]
        fitting = [entry for entry in entries if entry is not None and begun in entry[2]][:READ]
        found = []
        for key, text, _folded in fitting:
            tokens = list(analysis.tokens(text))
            at = _place(tokens, words)
            if at is not None:
                found.append((key, text, tokens, at))
        return found

    def _numbers_holding(self, folded):
        *whole, begun = folded
        lists = [self._holding.get(word, ()) for word in whole]
        rarest = min(lists, key=len, default=None)
        if rarest is not None:
            return rarest[-SCANNED:][::-1]
        at = bisect_left(self._words, begun)
        numbers: set[int] = set()
        for word in self._words[at : at + WORDS_BEGINNING]:
            if not word.startswith(begun):
                break
            numbers.update(self._holding[word][-SCANNED:])
        return sorted(numbers, reverse=True)[:SCANNED]


def _typed(typed: str) -> list[str]:
    return analysis.syllables(typed[:LONGEST_TYPED])


def _place(tokens, words) -> int | None:
    """Where the words stand in a row, the last one begun at least."""
    last = len(words) - 1
    for at in range(len(tokens) - last):
        if all(
            _fits(tokens[at + number].text, word, begun=number == last)
            for number, word in enumerate(words)
        ):
            return at
    return None


def _fits(said: str, typed: str, *, begun: bool) -> bool:
    plain, wanted = analysis.folded(said), analysis.folded(typed)
    if not begun:
        return plain == wanted and (typed.isascii() or said == typed)
    if not plain.startswith(wanted):
        return False
    # The tone is the last key of a word: until it is there, the letters alone have to agree.
    return all(
        letter.isascii() or letter in (there, _toneless(there))
        for letter, there in zip(typed, said, strict=False)
    )


def _toneless(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    return unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES))


def _written(text: str, token) -> str:
    """A word as the text has it, in small letters unless it is an abbreviation."""
    word = analysis.nfc(text)[token.start : token.end]
    return word if word.isupper() and len(word) > 1 else word.lower()
