"""The table of synonyms: kept by the curators' lead, used by the next search of every process."""

import pytest
from sqlalchemy import select

from marketplace.models import Audit, SynonymGroup, utcnow
from marketplace.services import synonyms
from search.synonyms import Synonyms


@pytest.fixture
def lead(make, sign_in):
    return sign_in(make.user(role="lead"))


def page(response, status=200):
    assert response.status_code == status
    return response.get_data(as_text=True)


def group(make, *spellings):
    row = make.save(SynonymGroup(spellings=list(spellings), changed_at=utcnow()))
    synonyms._cached.clear()
    return row


def finds(client, text):
    return "1 kết quả" in page(client.get("/find", query_string={"q": text}))


def test_a_group_counts_at_once_and_without_a_rebuild(make, client, lead, index):
    make.listing("offer", title_vi="Phần mềm cho hợp tác xã")
    index()
    assert not finds(client, "HTX")
    lead.post("/desk/synonyms", data={"spellings": "HTX\nhợp tác xã"})
    assert finds(client, "HTX")


def test_a_changed_and_a_removed_group_count_at_once(make, session, client, lead, index):
    make.listing("offer", title_vi="Phần mềm cho hợp tác xã")
    index()
    lead.post("/desk/synonyms", data={"spellings": "HTX\nhợp tác"})
    key = session.scalar(select(SynonymGroup.key))
    lead.post(f"/desk/synonyms/{key}", data={"spellings": "LMHTX\nhợp tác xã", "note": "liên minh"})
    assert finds(client, "lmhtx")
    assert not finds(client, "htx")
    lead.post(f"/desk/synonyms/{key}/remove")
    assert not finds(client, "lmhtx")
    assert page(lead.get(f"/desk/synonyms/{key}"), 404)


def test_each_writing_leaves_an_audit_row(session, lead):
    lead.post("/desk/synonyms", data={"spellings": "HTX = hợp tác xã"})
    key = session.scalar(select(SynonymGroup.key))
    lead.post(f"/desk/synonyms/{key}", data={"spellings": "HTX\nhợp tác xã\ncooperative"})
    lead.post(f"/desk/synonyms/{key}/remove")
    session.rollback()
    deeds = session.scalars(select(Audit.action).where(Audit.action.like("synonym.%"))).all()
    assert deeds == ["synonym.add", "synonym.change", "synonym.remove"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "ít nhất hai cách viết"),
        ("HTX", "ít nhất hai cách viết"),
        ("htx\nHTX", "ít nhất hai cách viết"),
        ("HTX\n!!!", "không có chữ hay số"),
        ("HTX\n" + "a" * 81, "dài quá 80"),
        ("\n".join(f"cách {number}" for number in range(13)), "Nhiều nhất 12"),
        ("CNTT\ncông nghệ thông tin", "Đã có nhóm"),
    ],
)
def test_what_is_wrong_is_said_beside_the_box_and_what_was_typed_stays(make, lead, typed, said):
    group(make, "công nghệ thông tin", "CNTT")
    told = page(lead.post("/desk/synonyms", data={"spellings": typed}), 422)
    assert said in told
    assert 'id="f-spellings-error"' in told or "f-spellings" in told
    assert typed.split("\n")[0] in told


@pytest.mark.parametrize("role", ["member", "curator", "auditor", "sysadmin"])
def test_nobody_but_the_lead_opens_the_table(make, sign_in, role):
    client = sign_in(make.user(role=role))
    assert client.get("/desk/synonyms").status_code == 403
    assert client.post("/desk/synonyms", data={"spellings": "a\nb"}).status_code == 403


def test_trying_shows_what_the_table_brings(make, lead, index):
    group(make, "HTX", "hợp tác xã")
    make.listing("offer", title_vi="Phần mềm cho hợp tác xã")
    index()
    lead.post("/desk/synonyms", data={"spellings": "DN\ndoanh nghiệp"})
    told = page(lead.get("/desk/synonyms", query_string={"try": "HTX"}))
    assert "1 kết quả khi dùng bảng này" in told
    assert "0 khi không dùng" in told
    assert "Phần mềm cho hợp tác xã" in told


def test_the_starting_list_joins_once_and_brings_nothing_back(session, tmp_path):
    path = tmp_path / "start.txt"
    path.write_text("# nothing\nHTX = hợp tác xã\n\nDN = doanh nghiệp\n", encoding="utf-8")
    assert synonyms.load(session, now=utcnow(), path=path) == 2
    session.commit()
    row = next(row for row in synonyms.groups(session) if row.start == "HTX")
    row.removed_at = utcnow()
    session.add(Audit(at=utcnow(), actor_role="system", action="test"))
    session.commit()
    path.write_text(
        "HTX = hợp tác xã\nDN = doanh nghiệp\nAI = trí tuệ nhân tạo\n", encoding="utf-8"
    )
    assert synonyms.load(session, now=utcnow(), path=path) == 1
    session.commit()
    assert [row.start for row in synonyms.groups(session)] == ["AI", "DN"]


def test_the_starting_list_is_well_formed():
    groups = synonyms.start()
    assert len({group[0] for group in groups}) == len(groups) > 100
    for spellings in groups:
        assert 2 <= len(spellings) <= synonyms.MOST_SPELLINGS, spellings
        assert all(0 < len(each) <= synonyms.LONGEST for each in spellings), spellings
        assert len(Synonyms([spellings]).groups) == 1, spellings
