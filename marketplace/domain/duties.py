"""A guided check of duties: questions with their legal source, and what answers amount to.

The questions are data (marketplace/vocabularies/transfer_duties.json): a list of versions, each
with the days it holds. A finding applies where every question it names was answered so; a question
is asked where its own `when` applies. It is guidance and says where to read on, never an opinion.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from marketplace.domain.errors import N_, Invalid

KINDS = ("stop", "duty", "ask", "fine")  # of a finding, the gravest first


@dataclass(frozen=True)
class Source:
    """Where it stands. `sure` is False for what must be read again before relying on it."""

    code: str
    words: str
    words_en: str
    sure: bool


@dataclass(frozen=True)
class Question:
    code: str
    words: str
    words_en: str
    hint: str
    hint_en: str
    source: Source
    options: tuple[tuple[str, str, str], ...]  # (answer, words, words_en)
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    code: str
    kind: str  # of KINDS
    words: str
    words_en: str
    source: Source
    when: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Checklist:
    version: str
    valid_from: date
    valid_to: date | None
    questions: tuple[Question, ...]
    findings: tuple[Finding, ...]

    def asked(self, answers: Mapping[str, str]) -> tuple[Question, ...]:
        """The questions that the answers so far leave open or have answered."""
        return tuple(each for each in self.questions if _holds(each.when, answers))

    def gaps(self, answers: Mapping[str, str]) -> dict[str, Invalid]:
        """Question -> what is wrong, for those asked and not answered from their options."""
        return {
            each.code: Invalid(N_("Hãy chọn một câu trả lời."), each.code)
            for each in self.asked(answers)
            if answers.get(each.code) not in {code for code, *_ in each.options}
        }

    def kept(self, answers: Mapping[str, str]) -> dict[str, str]:
        """The answers to questions that are asked; others were of a way not taken."""
        return {each.code: answers[each.code] for each in self.asked(answers)}

    def found(self, answers: Mapping[str, str]) -> tuple[Finding, ...]:
        """What the answers amount to, the gravest first."""
        there = [each for each in self.findings if _holds(each.when, answers)]
        return tuple(sorted(there, key=lambda each: KINDS.index(each.kind)))


def read(data: dict) -> tuple[Checklist, ...]:
    """The versions of a file, oldest first. Raises KeyError or ValueError for a broken one."""
    found = []
    for version in data["versions"]:
        sources = {
            code: Source(code, each["vi"], each["en"], each["sure"])
            for code, each in version["sources"].items()
        }
        found.append(
            Checklist(
                version["version"],
                date.fromisoformat(version["valid_from"]),
                date.fromisoformat(version["valid_to"]) if version["valid_to"] else None,
                tuple(_question(each, sources) for each in version["questions"]),
                tuple(_finding(each, sources) for each in version["findings"]),
            )
        )
    return tuple(sorted(found, key=lambda each: each.valid_from))


def of_day(versions: tuple[Checklist, ...], day: date) -> Checklist:
    """The version that holds on a day: the latest begun by then. LookupError before the first."""
    there = [
        each
        for each in versions
        if each.valid_from <= day and (each.valid_to is None or day <= each.valid_to)
    ]
    if not there:
        raise LookupError(day)
    return there[-1]


def _question(each, sources) -> Question:
    return Question(
        each["code"], each["vi"], each["en"], each.get("hint_vi", ""), each.get("hint_en", ""),
        sources[each["source"]],
        tuple((option["code"], option["vi"], option["en"]) for option in each["options"]),
        _when(each.get("when", {})),
    )  # fmt: skip


def _finding(each, sources) -> Finding:
    if each["kind"] not in KINDS:
        raise ValueError(each["kind"])
    return Finding(
        each["code"], each["kind"], each["vi"], each["en"], sources[each["source"]],
        _when(each["when"]),
    )  # fmt: skip


def _when(said) -> dict[str, tuple[str, ...]]:
    return {question: tuple(answers) for question, answers in said.items()}


def _holds(when, answers) -> bool:
    return all(answers.get(question) in wanted for question, wanted in when.items())
