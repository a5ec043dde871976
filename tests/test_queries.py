"""What is kept of the queries of visitors: the latest only, worked out once, by many at a time."""

import threading

import pytest

from marketplace.services import indexing
from marketplace.services.discovery import accents
from marketplace.services.queries import Lately


def test_the_latest_answers_are_kept_and_no_more():
    lately, asked = Lately(most=2), []

    def ask(question):
        return lately.answer(question, lambda: asked.append(question) or question.upper())

    assert [ask(each) for each in "abab"] == ["A", "B", "A", "B"]
    assert asked == ["a", "b"]
    ask("a")  # now b was asked longest ago
    ask("c")
    ask("a")
    ask("b")
    assert asked == ["a", "b", "c", "b"]
    assert len(lately) == 2


def test_what_fails_is_not_kept():
    lately = Lately()
    with pytest.raises(ZeroDivisionError):
        lately.answer("a", lambda: 1 / 0)
    assert lately.answer("a", lambda: 7) == 7


def test_many_ask_at_once():
    lately, wrong = Lately(most=3), []

    def ask(start):
        for number in range(2000):
            question = (start + number) % 7
            if lately.answer(question, lambda question=question: question * 2) != question * 2:
                wrong.append(question)

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(lately) == 3


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("may say nhan", "máy sấy nhãn"),
        ("may say", "máy sấy"),
        ("cho nhan", "cho nhãn"),
        ("máy say", "máy say"),  # has accents: as it was typed
        ("dryer for longan", "dryer for longan"),
        ("zzzz qqqq", "zzzz qqqq"),
    ],
)
def test_accents_left_out_are_put_back_as_the_texts_have_them(make, session, typed, meant):
    rows = [
        make.listing("offer", title_vi="Máy sấy nhãn", summary_vi="Máy sấy cho nhãn."),
        make.listing("offer", title_vi="Máy may công nghiệp", summary_vi="Máy may cho nhân công."),
    ]
    refs = [row.ref for row in rows]
    assert indexing.views(session, accents.GUEST, refs)
    assert accents.restored(session, typed, refs) == meant
