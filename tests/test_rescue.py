"""A text typed while the session ended is kept for its writer, whatever form it was typed into."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from marketplace.models import MatchEvent, OneTimeLink

TYPED = "Đã gọi hợp tác xã, hẹn thử máy thứ năm"


@pytest.fixture(autouse=True)
def with_tokens(app):
    app.config["WTF_CSRF_ENABLED"] = True


def hidden(page, name) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page.text)[1])


def shell(page):
    return {name: hidden(page, name) for name in ("csrf_token", "writer")}


def end_session(client):
    with client.session_transaction() as cookie:
        del cookie["_user_id"]


def stored(session):
    return session.scalar(select(func.count()).select_from(OneTimeLink))


@pytest.fixture
def places(make):
    """name -> (who types, the page with the form, where the form goes, what it carries)."""
    curator, member, owner = make.user(role="curator"), make.user(), make.user()
    need, offer = make.listing("need", owner=owner), make.listing("offer", owner=make.user())
    waiting = make.listing("offer", owner=owner, state="in_review")
    make.listing("need", owner=member)  # interest is shown with a listing of one's own
    centre = make.organisation(owner)
    match = make.match(need, offer)
    pair, review = f"/desk/matches/{match.key}", f"/desk/listings/{waiting.ref}"
    return {
        "private note": (curator, pair, f"{pair}/note", {"text": TYPED}),
        "conflict of interest": (
            curator, pair, "/desk/interests", {"organisation": centre.key, "reason": TYPED},
        ),
        "return": (curator, review, f"{review}/return",
                   {"field": ["title_vi"], "reason": ["vague"], "note": [TYPED]}),
        "interest": (member, f"/listings/{offer.ref}/interest", f"/listings/{offer.ref}/interest",
                     {"note": TYPED}),
    }  # fmt: skip


@pytest.mark.parametrize("place", ["private note", "conflict of interest", "return", "interest"])
def test_the_text_waits_for_its_writer(place, places, sign_in, make, session):
    writer, where, url, form = places[place]
    client = sign_in(writer)
    sent = shell(client.get(where)) | form
    end_session(client)
    answer = client.post(url, data=sent)
    assert answer.status_code == 302
    assert urlsplit(answer.location).path == "/sign-in"
    back_to = parse_qs(urlsplit(answer.location).query)["next"][0]
    assert sign_in(make.user()).get(back_to).status_code == 410
    page = sign_in(writer).get(back_to)
    assert TYPED in page.text
    assert f'action="{url}?"' in page.text or f'action="{url}"' in page.text


def test_one_press_sends_it_where_it_was_going(places, sign_in, session):
    writer, where, url, form = places["private note"]
    client = sign_in(writer)
    sent = shell(client.get(where)) | form
    end_session(client)
    back_to = parse_qs(urlsplit(client.post(url, data=sent).location).query)["next"][0]
    again = sign_in(writer)
    page = again.get(back_to)
    path = html.unescape(
        re.search(r'class="panel prose" method="post" action="([^"]*)"', page.text)[1]
    )
    assert again.post(path, data=shell(page) | form).status_code == 302
    session.expire_all()
    assert session.scalar(select(MatchEvent.note).where(MatchEvent.step == "note")) == TYPED


def test_a_newer_session_gets_the_text_straight_back(places, sign_in, session):
    writer, where, url, form = places["private note"]
    client = sign_in(writer)
    sent = shell(client.get(where)) | form | {"csrf_token": "of another session"}
    answer = client.post(url, data=sent)
    assert answer.status_code == 400
    assert TYPED in answer.text
    assert session.scalar(select(MatchEvent.id).where(MatchEvent.step == "note")) is None


def test_what_we_did_not_give_out_is_neither_kept_nor_shown(places, sign_in, client, make, session):
    writer, where, url, form = places["private note"]
    of_writer = shell(sign_in(writer).get(where))
    forged = client.post(url, data=form | {"writer": "forged.sign"})
    assert forged.status_code == 400
    other = sign_in(make.user(role="curator")).post(
        url, data=form | of_writer | {"csrf_token": "x"}
    )
    assert other.status_code == 400
    assert TYPED not in forged.text + other.text
    assert stored(session) == 0


def test_passwords_are_never_kept(sign_in, make, session):
    client = sign_in(make.user())
    page = client.get("/me/security")
    end_session(client)
    form = {"email": "moi@san.example", "email_password": "mot mat khau rat dai"}
    answer = client.post("/me/security/email", data=shell(page) | form)
    assert answer.status_code in (302, 404)
    assert stored(session) == 0
