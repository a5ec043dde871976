"""Services of the centre: from the catalogue to a rated result, by the pages people press."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from marketplace.domain.actor import SYSTEM
from marketplace.domain.errors import Conflict
from marketplace.models import Mail, Notice, ServiceEvent, ServiceRequest, User, db, utcnow
from marketplace.services import support
from marketplace.services.accounts import actor_of
from marketplace.services.support import steps

SAID = "Xuong toi can do nhiet do lo say, qzxsecret"


@pytest.fixture
def cast(make):
    return {
        "asker": make.user(name="Bà Sâm"),
        "other": make.user(),
        "curator": make.user(role="curator", name="Anh Mạnh"),
        "lead": make.user(role="lead"),
        "leader": make.user(role="leader"),
    }


def text_of(answer):
    return answer.get_data(as_text=True)


def only(session):
    session.rollback()
    return session.scalars(select(ServiceRequest)).one()


def test_from_the_catalogue_to_a_rated_result(session, cast, sign_in):
    asker, desk = sign_in(cast["asker"]), sign_in(cast["curator"])
    assert "/services/measurement" in text_of(asker.get("/services"))
    asker.post("/services/measurement", data={"text": SAID})
    row = only(session)
    mine, theirs = f"/service-requests/{row.key}", f"/desk/services/{row.key}"
    curator = db.session.get(User, cast["curator"].id)

    def at_desk(act, **form):
        assert desk.post(f"{theirs}/{act}", data=form).status_code == 302, act

    def by_asker(step, **form):
        assert asker.post(f"{mine}/{step}", data=form).status_code == 302, step

    at_desk("triage", note="Da xem")
    at_desk("assign", curator=curator.key)
    at_desk("quote", amount="1,5 triệu", text="Do 3 diem")
    assert "Do 3 diem" in text_of(asker.get(mine))
    by_asker("agree")
    at_desk("start")
    at_desk("ask_client", note="Lo cao bao nhieu?")
    assert "Lo cao bao nhieu?" in text_of(asker.get(mine))
    by_asker("answer", note="Hai met")
    at_desk("deliver", result="Ket qua do")
    by_asker("send_back", note="Thieu diem ba")
    at_desk("deliver", result="Ket qua du ba diem")
    assert "Ket qua du ba diem" in text_of(asker.get(mine))
    by_asker("confirm")
    by_asker("rate", rating="4", words="Tot")
    row = only(session)
    assert (row.state, row.rating, row.rating_words) == ("rated", 4, "Tot")
    assert row.quote == {"amount": 1_500_000, "text": "Do 3 diem"}
