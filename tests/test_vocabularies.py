"""Vocabularies: words people use lead to codes, codes to words, and history stays legible."""

import csv
from datetime import date, timedelta

import pytest
from conftest import PROVINCE
from sqlalchemy import func, select

from marketplace.domain.fields import fields
from marketplace.domain.vocabulary import KINDS
from marketplace.models import OldPlace, Term, utcnow
from marketplace.services import vocabularies
from marketplace.services.vocabularies import Vocabulary, fold


@pytest.fixture
def words(session):
    return vocabularies.current(session)


# --- The data -------------------------------------------------------------------------------------
def test_every_list_a_form_offers_has_words(words):
    for f in [f for kind in KINDS for f in fields(kind)]:
        if f.type in ("choice", "choices"):
            assert words.terms(f.scheme), f"{f.name}: no term of {f.scheme}"
        if f.type == "place":
            assert words.terms("place")


def test_every_term_has_a_vietnamese_and_an_english_name_and_a_code_of_its_own(session):
    for term in session.scalars(select(Term)):
        assert term.vi.strip(), (term.scheme, term.code)
        if term.scheme not in ("place", "vsic"):
            assert term.en.strip(), (term.scheme, term.code)
    doubled = session.execute(
        select(Term.scheme, Term.version, Term.code)
        .group_by(Term.scheme, Term.version, Term.code)
        .having(func.count() > 1)
    ).all()
    assert not doubled


def test_every_parent_is_a_term(session):
    known = {(t.scheme, t.code) for t in session.scalars(select(Term))}
    for term in session.scalars(select(Term).where(Term.parent != "")):
        above = "province" if term.scheme == "place" else term.scheme
        assert (above, term.parent) in known, (term.scheme, term.code)


def test_examples_in_forms_are_words_of_their_list(words):
    """A hint that the form itself would refuse helps nobody."""
    for kind in KINDS:
        for f in fields(kind):
            if f.type in ("choice", "choices") and f.example:
                assert words.code_of(f.scheme, f.example), (f.name, f.example)
            if f.type == "place":
                assert words.code_of("place", f.example), f.example


# --- From words to codes --------------------------------------------------------------------------
def test_a_term_is_found_by_its_code_and_its_names_in_any_spelling(words):
    for scheme in ("sector", "trl", "cooperation", "startup_stage"):
        for code, term in words.terms(scheme).items():
            assert words.code_of(scheme, code) == code
            for name in (term.vi, term.vi.upper(), fold(term.vi)):
                found = words.code_of(scheme, name)
                # Two sectors may share a name; each leads to one that has it.
                assert fold(words.label(scheme, found)) == fold(term.vi)


@pytest.mark.parametrize("text", ["Hung  Yen", "hưng-yên", "HƯNG YÊN", "hung yen"])
def test_spelling_is_folded_as_people_type_on_a_phone(text):
    assert fold(text) == "hung yen"
    assert fold("Đông Đô") == "dong do"


def test_unknown_words_have_no_code_and_unknown_codes_read_as_themselves(words):
    assert words.code_of("sector", "không có gì") is None
    assert words.code_of("no-such-scheme", "x") is None
    assert words.label("sector", "999999") == "999999"
    assert words.label("no-such-scheme", "x") == "x"


def test_labels_come_in_the_reader_s_language(words):
    code, term = next(iter(words.terms("sector").items()))
    assert words.label("sector", code) == term.vi
    assert words.label("sector", code, "en") == term.en


# --- Places ---------------------------------------------------------------------------------------
def old_places():
    with (PROVINCE.folder / "old_places.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_old_name_with_its_district_leads_to_today_s_commune(words):
    rows, leads_to = old_places(), {}
    assert len(rows) > 100
    for row in rows:
        name = f"{row['old_name']} ({row['old_district']})"
        leads_to.setdefault(name, set()).add(row["place"])
    for name, places in leads_to.items():
        if len(places) == 1:  # a commune that was divided leads nowhere by itself
            assert words.code_of("place", name) in places, name


def test_a_bare_name_two_communes_share_leads_nowhere():
    class Place:
        def __init__(self, code, vi):
            self.scheme, self.code, self.vi, self.en = "place", code, vi, ""

    class Old:
        def __init__(self, name, district, place):
            self.name, self.district, self.place = name, district, place

    words = Vocabulary(
        [Place("1", "Xã Tân Hưng"), Place("2", "Phường Tân Hưng"), Place("3", "Xã Lạc Đạo")],
        [Old("Xã Minh Hải", "Văn Lâm", "3"), Old("Xã Đại Đồng", "Văn Lâm", "3"),
         Old("Xã Đại Đồng", "Tứ Kỳ", "1")],
    )  # fmt: skip
    assert words.code_of("place", "Tân Hưng") is None
    assert words.code_of("place", "xa tan hung") == "1"
    assert words.code_of("place", "lac dao") == "3"
    assert words.code_of("place", "Minh Hải") == "3"
    assert words.code_of("place", "Đại Đồng") is None
    assert words.code_of("place", "Xã Đại Đồng (Tứ Kỳ)") == "1"


def test_today_s_communes_are_on_the_map(words):
    for code in words.terms("place"):
        lat, lon = words.coordinates(code)
        assert abs(lat - PROVINCE.lat) < 1
        assert abs(lon - PROVINCE.lon) < 1
    assert words.coordinates("no-such-place") is None


# --- Loading --------------------------------------------------------------------------------------
def test_loading_again_changes_nothing_and_reads_nothing_anew(session, words):
    before = session.scalar(select(func.count(Term.id)))
    assert vocabularies.load(session, PROVINCE.folder, now=utcnow()) == 0
    session.commit()
    assert session.scalar(select(func.count(Term.id))) == before
    assert vocabularies.current(session) is words


def _changed(tmp_path, rows):
    for path in PROVINCE.folder.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    header = "scheme,version,code,vi,en,parent,valid_from,valid_to,note_vi,lat,lon\n"
    (tmp_path / "p_extra.csv").write_text(header + rows, encoding="utf-8")
    return tmp_path


def test_a_new_version_of_a_list_leaves_the_old_one_for_old_records(session, tmp_path):
    before = session.scalar(select(func.count(OldPlace.id)))
    folder = _changed(tmp_path, "mode,v1,by_post,Qua bưu điện,By post,,,,,,\n")
    assert vocabularies.load(session, folder, now=utcnow()) > 0
    session.commit()
    _changed(tmp_path, "mode,v2,by_post,Qua bưu chính,By mail,,,,,,\n")
    vocabularies.load(session, folder, now=utcnow())
    session.commit()
    versions = {t.version for t in session.scalars(select(Term).where(Term.code == "by_post"))}
    assert versions == {"v1", "v2"}
    assert session.scalar(select(func.count(OldPlace.id))) == before


def test_a_term_counts_from_its_first_day_to_its_last(session, tmp_path):
    today = date.today()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    folder = _changed(
        tmp_path,
        f"mode,v1,gone,Đã bỏ,Gone,,,{yesterday},,,\n"
        f"mode,v1,coming,Sắp có,Coming,,{tomorrow},,,,\n"
        f"mode,v1,last_day,Hết hôm nay,Last day,,,{today},,,\n"
        f"mode,v1,first_day,Từ hôm nay,First day,,{today},,,,\n",
    )
    vocabularies.load(session, folder, now=utcnow())
    session.commit()
    words = vocabularies.current(session)
    assert {"last_day", "first_day"} <= set(words.terms("mode"))
    assert not {"gone", "coming"} & set(words.terms("mode"))
    # What a record said when the word was valid can still be read, if only by its code.
    assert words.label("mode", "gone") == "gone"


def test_the_days_of_a_year_follow_the_file_even_when_it_is_emptied(session, tmp_path):
    folder, days = _changed(tmp_path, ""), tmp_path / "days.csv"
    for rows in ("2027-02-11,no,Nghỉ bù,Off\n2027-02-20,yes,Làm bù,Worked\n", ""):
        days.write_text("day,works,vi,en\n" + rows, encoding="utf-8")
        vocabularies.load(session, folder, now=utcnow())
        session.commit()
        words = vocabularies.current(session)
        assert list(words.terms("day_off")) == (["2027-02-11"] if rows else [])
        assert list(words.terms("working_day")) == (["2027-02-20"] if rows else [])
    days.unlink()  # a province may have none
    assert vocabularies.load(session, folder, now=utcnow()) > 0


@pytest.mark.parametrize("row", ["2027-02-30,no,x,x\n", "2027-02-11,maybe,x,x\n", "Tết,no,x,x\n"])
def test_a_day_nobody_can_read_stops_the_loading(session, tmp_path, row):
    folder = _changed(tmp_path, "")
    (tmp_path / "days.csv").write_text("day,works,vi,en\n" + row, encoding="utf-8")
    with pytest.raises(ValueError, match=r"days\.csv|isoformat|day is out of range"):
        vocabularies.load(session, folder, now=utcnow())


def test_readiness_levels_are_explained_in_both_languages(words):
    assert len(words.terms("trl")) == 9
    for term in words.terms("trl").values():
        assert term.note_vi
        assert term.note_en
        assert term.note_vi != term.note_en


def test_two_databases_in_one_process_keep_their_own_words(session, tmp_path):
    from conftest import build

    from marketplace.models import db

    other = build(tmp_path / "other")
    mine = vocabularies.current(session)
    with other.app_context():
        theirs = vocabularies.current(db.session)
    assert mine is not theirs
