"""A teaser: what it shows to whom, and how much of it fits on its sheet."""

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.domain.actor import GUEST
from marketplace.models import (
    utcnow,
)
from marketplace.services.accounts import actor_of
from marketplace.services.investing import teaser
from marketplace.web.investing.fitting import LABEL, cut, fitted, lines_of, taken

pytest_plugins = ["investing_fixtures"]
NOW = utcnow()


# --- The teaser -----------------------------------------------------------------------------------
def test_a_teaser_shows_what_its_owner_chose_of_what_its_reader_may_see(session, scene):
    founder = actor_of(scene.founder)
    teaser.choose(
        session, scene.startup, ["problem", "customers", "valuation", "contact_email", "x"],
        actor=founder, now=NOW,
    )  # fmt: skip
    teaser.note(session, scene.startup, "dang xem", actor=founder, now=NOW)
    session.commit()
    assert teaser.chosen(session, scene.startup) == ["problem", "customers"]
    for actor, names, note in (
        (GUEST, ("problem",), ""), (scene.actor, ("problem", "customers"), "dang xem"),
        (founder, ("problem", "customers"), "dang xem"),
    ):  # fmt: skip
        page = teaser.of_listing(session, actor, scene.startup)
        assert (page.names, page.note) == (names, note)
        assert set(page.view.values) <= {"problem", "customers", "title_vi", "title_en",
                                         "summary_vi", "summary_en"}  # fmt: skip
    page = teaser.of_listing(session, founder, scene.startup, only_public=True)
    assert (page.names, page.note) == (("problem",), "")


def test_the_centre_s_word_is_for_members_and_written_by_the_centre(scene, make, sign_in):
    path, ref = f"/listings/{scene.startup.ref}/teaser", scene.startup.ref
    curator, member = sign_in(make.user(role="curator")), sign_in(make.user())
    assert member.post(f"{path}/note", data={"note": "khen"}).status_code == 403
    assert curator.post(f"{path}/note", data={"note": "x" * 601}).status_code == 422
    assert curator.post(f"{path}/note", data={"note": "Da xem xuong"}).status_code == 302
    assert "Da xem xuong" in member.get(path).text
    guest = curator.application.test_client().get(path)
    assert "Da xem xuong" not in guest.text
    assert "Bản này chỉ có phần công khai." in guest.text
    assert f"/listings/{ref}" in guest.text
    assert "<svg" in guest.text


def test_a_masked_startup_stays_masked_on_its_teaser(session, make, scene, client):
    masked = make.listing(
        "startup", owner=scene.founder, organisation=scene.ours, visibility="masked"
    )
    name = scene.ours.name
    assert name not in client.get(f"/listings/{masked.ref}/teaser").text
    assert client.get(f"/listings/{scene.fund.ref}/teaser").status_code == 404


rows = st.lists(
    st.tuples(st.text("ab ", max_size=60), st.text("xyz \n", max_size=900)), max_size=20
)


@given(rows, st.floats(0, 60))
@settings(deadline=None)
def test_whatever_is_written_takes_no_more_room_than_there_is(rows, room):
    shown = fitted(rows, room)
    assert taken(shown) <= max(room, 0) + 1e-9
    assert [label for label, _words in shown] == [label for label, _words in rows[: len(shown)]]
    for (_label, words), (_same, whole) in zip(shown, rows, strict=False):
        whole = " ".join(whole.split())
        assert words == whole or words.endswith("…")
    if taken([(label, " ".join(words.split())) for label, words in rows]) <= room:
        assert [words for _label, words in shown] == [" ".join(w.split()) for _l, w in rows]


@given(st.text(max_size=300), st.integers(2, 120))
def test_a_text_is_cut_between_words_and_says_so(words, longest):
    short = cut(words, longest)
    assert len(short) <= longest
    assert "\n" not in short
    assert (short == " ".join(words.split())) or short.endswith("…")
    assert lines_of("x" * LABEL, LABEL) == 1
