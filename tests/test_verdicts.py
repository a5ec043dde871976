"""What a history says about the pair, and what it does not say."""

from collections import namedtuple

import pytest

from marketplace.domain import verdicts
from marketplace.domain.vocabulary import FAILURES, REASONS
from marketplace.domain.workflow import MATCH

Line = namedtuple("Line", "step reason", defaults=("",))


def said(*lines):
    verdict = verdicts.verdict_of([Line(*line.split(":")) for line in lines])
    return verdict and (verdict.relevant, verdict.meaning.grade)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], None),
        (["note", "assign", "later", "lapse"], None),
        (["keep"], (True, 1)),
        (["dismiss:wrong_problem"], (False, 0)),
        (["dismiss:duplicate"], None),
        (["keep", "undo"], None),
        (["dismiss:location", "undo", "keep"], (True, 1)),
        (["keep", "dismiss:wrong_scale"], (False, 0)),
        (["keep", "dismiss:stale"], (True, 1)),
        (["keep", "propose_first", "lapse"], (True, 1)),
        (["keep", "propose_first", "accept_first"], (True, 2)),
        (["keep", "propose_first", "decline_first:wrong_problem"], (False, 0)),
        (["keep", "accept_first", "accept_second", "introduce", "fail:price"], (True, 3)),
        (["keep", "fail:wrong_problem"], (False, 0)),
        (["dismiss:wrong_problem", "express"], (True, 2)),
        (["introduce", "verify_deal"], (True, 4)),
        (["keep", "introduce", "report_failed:not_fit"], (False, 0)),
        (["keep", "introduce", "report_contact", "report_failed:no_capital"], (True, 3)),
        (["keep", "introduce", "negotiate", "report_failed:trial_failed"], (False, 0)),
    ],
)
def test_a_history_amounts_to_one_verdict(lines, expected):
    assert said(*lines) == expected


def test_every_reason_code_has_a_meaning_and_a_why():
    assert verdicts.REASONS.keys() == REASONS.keys() | FAILURES.keys()
    assert all(each.why for each in (*verdicts.REASONS.values(), *verdicts.STEPS.values()))


def test_the_steps_named_are_steps_of_a_match():
    assert verdicts.STEPS.keys() <= MATCH.steps.keys()
    assert verdicts.REFUSALS.keys() <= MATCH.steps.keys()


def test_only_verdicts_carry_weight():
    for each in (*verdicts.REASONS.values(), *verdicts.STEPS.values()):
        assert (each.weight > 0) == (each.says != verdicts.NOTHING)
        assert (each.grade > 0) == (each.says == verdicts.RELEVANT)
