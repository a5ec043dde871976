"""The desk: due order, at most three actions to settle, undo, and the way to the next."""

import html
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from marketplace.domain.vocabulary import REASONS
from marketplace.models import utcnow
from marketplace.services import matches
from marketplace.services.matches.reading import QUEUES


@pytest.fixture
def desk(make, sign_in):
    return sign_in(make.user(role="curator", name="Cán bộ"))


def pair(make, **over):
    return make.match(
        make.listing("need", owner=make.user()), make.listing("offer", owner=make.user()), **over
    )


def test_the_queue_is_by_due_day_and_then_by_promise(session, make):
    now = utcnow()
    late = pair(make, due_at=now - timedelta(days=2), score=0.5)
    weaker = pair(make, due_at=now + timedelta(days=2), score=0.6)
    better = pair(make, due_at=now + timedelta(days=2, seconds=1), score=0.9)
    assert matches.queue(session) == [late, better, weaker]


def test_weak_and_outdated_suggestions_do_not_crowd_the_queue(session, make):
    good = pair(make)
    pair(make, level="weak")
    pair(make, current=False)
    assert matches.queue(session) == [good]


def test_a_verdict_leads_to_the_next_suggestion_with_an_undo(make, desk):
    now = utcnow()
    first = pair(make, due_at=now)
    second = pair(make, due_at=now + timedelta(days=1))
    answer = desk.post(f"/desk/matches/{first.key}/dismiss", data={"reason": "price"})
    assert f"/desk/matches/{second.key}" in answer.location
    page = desk.get(answer.location).get_data(as_text=True)
    assert f"/desk/matches/{first.key}/undo" in page


def skipped(client, key):
    """Where `j` leads from a pair's page."""
    page = client.get(f"/desk/matches/{key}").get_data(as_text=True)
    return re.search(r'data-key="j" href="/desk/matches/([\w-]+)', page)[1]


def test_skipping_goes_through_the_whole_queue_and_begins_anew(session, make, desk):
    now = utcnow()
    due = (None, None, now - timedelta(days=3), now, now, now, now + timedelta(days=1))
    score = (0.5, 0.5, 0.2, 0.9, 0.9, 0.4, 0.8)
    for number in range(7):
        pair(make, due_at=due[number], score=score[number])
    queue = [match.key for match in matches.queue(session)]
    walked = [queue[0]]
    while len(walked) < 9:
        walked.append(skipped(desk, walked[-1]))
    assert walked == [*queue, *queue[:2]]


def test_after_a_decision_comes_the_one_behind_it_not_the_first_again(make, desk):
    now = utcnow()
    passed_over, decided, behind = (
        pair(make, due_at=now + timedelta(days=days)) for days in range(3)
    )
    answer = desk.post(f"/desk/matches/{decided.key}/keep")
    assert f"/desk/matches/{behind.key}" in answer.location
    assert skipped(desk, behind.key) == passed_over.key  # behind the last comes the first


def test_a_conflict_takes_the_pair_out_of_one_curator_s_queue_and_stops_nothing(make, sign_in):
    me, colleague, theirs = make.user(role="curator"), make.user(role="curator"), make.user()
    coop = make.organisation(theirs)
    now = utcnow()
    before, after = (pair(make, due_at=now + timedelta(days=days)) for days in (0, 2))
    barred = make.match(
        make.listing("need", owner=theirs, organisation=coop, title_vi="Việc của người nhà"),
        make.listing("offer", owner=make.user()), due_at=now + timedelta(days=1),
    )  # fmt: skip
    make.interest(me, coop)
    mine = sign_in(me)
    queue = mine.get("/desk/matches").get_data(as_text=True)
    assert "Việc của người nhà" not in queue
    assert 'Chờ xem <span class="count">2<' in queue
    assert skipped(mine, before.key) == after.key
    assert skipped(mine, barred.key) == after.key  # its page is read, and left
    others = sign_in(colleague)
    assert "Việc của người nhà" in others.get("/desk/matches").get_data(as_text=True)
    assert skipped(others, before.key) == barred.key


def test_a_number_on_the_desk_or_at_home_is_the_length_of_its_queue(make, sign_in):
    lead, theirs = make.user(role="lead"), make.user()
    coop = make.organisation(theirs)
    make.interest(lead, coop)
    # Of each sort one more than of the sort before; what no queue shows must not be counted.
    pair(make, state="later")
    pair(make, current=False)
    pair(make, level="weak")
    make.match(make.listing("need", organisation=coop), make.listing("offer"))
    pair(make, level="weak", origin="eoi")
    pair(make)
    for state in ("kept", "first_accepted", "both_accepted"):
        pair(make, state=state)
    for state in ("in_review", "flagged", "in_review"):
        make.listing("offer", state=state)
    make.listing("offer", state="on_hold", revision="in_review")
    client = sign_in(lead)
    for page in ("/desk", "/me"):
        text = client.get(page).get_data(as_text=True)
        for address, number in (
            ("/desk/matches", 2), ("/desk/matches?queue=answered", 3), ("/desk/listings", 2)
        ):  # fmt: skip
            assert figure(text, address) == number, (page, address)
    queue = client.get("/desk/matches").get_data(as_text=True)
    assert re.findall(r'class="count">(\d+)<', queue)[:2] == ["2", "3"]


def figure(page, address):
    """The first number of a page that leads to the address."""
    return int(re.search(rf'href="{re.escape(address)}" aria-label="(\d+) ', page)[1])


def test_what_is_shown_stays_narrowed_whatever_is_pressed(make, sign_in, session):
    me, coop = make.user(role="curator"), make.organisation()
    client, now = sign_in(me), utcnow()
    mine = [pair(make, due_at=now + timedelta(days=days), curator_id=me.id) for days in (0, 2, 4)]
    pair(make, due_at=now + timedelta(days=1))  # a colleague's, between two of mine
    here, start = "queue=triage&pair=need-offer&mine=1", mine[0].key
    page = client.get(f"/desk/matches/{start}?{here}").get_data(as_text=True)
    actions = re.findall(r'(?:action|data-key="j" href)="(/desk/matches/[^"]+)"', page)
    assert len(actions) >= 6
    assert all(html.unescape(each).endswith(f"?{here}") for each in actions), actions
    assert skipped(client, f"{start}?{here}") == mine[1].key
    for step, data, key in (
        ("note", {"text": "Đã gọi"}, start),
        ("assign", {"curator": me.key}, start),
        ("later", {}, mine[1].key),  # and over the colleague's pair
    ):
        answer = client.post(f"/desk/matches/{start}/{step}?{here}", data=data)
        assert_at(answer, f"/desk/matches/{key}", here)
    following = client.get(answer.location).get_data(as_text=True)
    undo = re.search(r'action="(/desk/matches/[^"]+/undo[^"]*)"', following)[1]
    assert_at(client.post(html.unescape(undo)), f"/desk/matches/{start}", here)
    answer = client.post(f"/desk/interests?{here}", data={"organisation": coop.key})
    assert_at(answer, "/desk/matches", here)


def assert_at(answer, path, here):
    address = urlsplit(answer.location)
    assert (address.path, re.sub(r"did=[\w-]+&", "", address.query)) == (path, here)


@pytest.mark.parametrize("queue", QUEUES)
def test_every_queue_is_walked_in_its_order(session, make, queue):
    state = {"triage": "suggested", "answered": "kept", "asked": "proposed_to_first",
             "later": "later", "introduced": "introduced", "closed": "failed"}[queue]  # fmt: skip
    rows = [pair(make, state=state, due_at=utcnow()) for _ in range(4)]
    walked = [matches.queue(session, queue)[0]]
    while len(walked) < len(rows):
        walked.append(matches.next_after(session, walked[-1], queue))
    assert walked == matches.queue(session, queue)
    assert matches.next_after(session, walked[-1], queue) == walked[0]


@pytest.mark.parametrize("state", ["suggested", "kept", "first_accepted", "both_accepted"])
def test_what_is_sent_to_people_at_once_asks_for_two_keys_together(make, desk, state):
    """A slip on a single key can be undone; a letter cannot be called back."""
    match = pair(make, state=state)
    page = desk.get(f"/desk/matches/{match.key}").get_data(as_text=True)
    sends = re.findall(
        r"<form[^>]*/(?:keep_and_)?(?:propose_?\w*|introduce)\?.*?</form>", page, re.S
    )
    assert sends
    assert all('data-key="Shift+P"' in form for form in sends)


def test_every_reason_of_a_dismissal_has_a_key_of_its_own(make, desk):
    page = desk.get(f"/desk/matches/{pair(make).key}").get_data(as_text=True)
    assert page.count('name="reason" value=') == len(REASONS)
    assert len(re.findall(r'name="reason" value="\w+" data-key="\w"', page)) == len(REASONS)
    keys = re.findall(r'data-key="([^"]+)"', page)
    assert len(keys) == len(set(keys))


def test_one_key_means_one_thing_on_all_of_the_desk(make, desk):
    pair(make)
    for number in range(3):
        make.listing("offer", state="in_review", due_at=utcnow() + timedelta(days=number))
    match = pair(make)
    review = re.findall(r'href="(/desk/listings/T\d+)', desk.get("/desk/listings").text)[1]
    pages = [desk.get(f"/desk/matches/{match.key}").text, desk.get(review).text]
    here, there = (set(re.findall(r'data-key="([^"]+)"', page)) for page in pages)
    assert here & there <= {"j"}  # "the next", on both


def test_keeping_and_proposing_is_one_action(make, desk, session):
    match = pair(make, due_at=utcnow())
    desk.post(f"/desk/matches/{match.key}/keep_and_propose")
    session.refresh(match)
    assert match.state == "proposed_to_first"


def test_a_dismissal_without_reason_is_refused_beside_the_field(make, desk):
    match = pair(make)
    answer = desk.post(f"/desk/matches/{match.key}/dismiss", data={})
    assert answer.status_code == 422
    assert "Hãy chọn một lý do" in answer.get_data(as_text=True)


def test_pressing_the_button_twice_says_what_happened_and_breaks_nothing(make, desk, session):
    match = pair(make)
    desk.post(f"/desk/matches/{match.key}/keep")
    assert desk.post(f"/desk/matches/{match.key}/keep").status_code == 409
    session.refresh(match)
    assert match.state == "kept"


def test_a_note_is_kept_when_it_is_too_long(make, desk):
    match = pair(make)
    answer = desk.post(f"/desk/matches/{match.key}/note", data={"text": "dài " * 900})
    assert answer.status_code == 422
    assert "dài dài" in answer.get_data(as_text=True)


def test_later_moves_a_suggestion_out_of_today(make, desk, session):
    match = pair(make, due_at=utcnow())
    desk.post(f"/desk/matches/{match.key}/later")
    assert matches.queue(session) == []
    assert [m.key for m in matches.queue(session, "later")] == [match.key]


def test_work_is_given_to_a_colleague(make, desk, session):
    match, colleague = pair(make), make.user(role="curator", name="Đồng nghiệp")
    desk.post(f"/desk/matches/{match.key}/assign", data={"curator": colleague.key})
    session.refresh(match)
    assert match.curator_id == colleague.id
    assert "Đồng nghiệp" in desk.get("/desk/matches").get_data(as_text=True)


def test_unmet_needs_stand_on_the_desk_with_what_came_closest(make, desk):
    need = make.listing("need", title_vi="Kéo tơ sen", unmet_since=utcnow())
    make.match(need, make.listing("offer", title_vi="Máy se sợi"), level="weak", score=0.2)
    assert "Kéo tơ sen" in desk.get("/desk").get_data(as_text=True)
    page = desk.get(f"/desk/listings/{need.ref}/matches").get_data(as_text=True)
    assert "Máy se sợi" in page
    assert "Dưới ngưỡng" in page


@pytest.mark.parametrize("role", ["member", "officer", "leader", "auditor", "sysadmin"])
def test_nobody_else_opens_the_desk(make, sign_in, role):
    client = sign_in(make.user(role=role))
    for page in ("/desk", "/desk/matches"):
        assert client.get(page).status_code == 403
