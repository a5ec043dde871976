"""What a listing looks like to the search index and to the matcher: the only place that decides.

Public text goes in, nothing else ever does. Figures the owner keeps confidential (a budget) are
handed to the matcher's constraints at the moment of comparing and stored nowhere.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.disclosure import PUBLIC_ONLY
from marketplace.domain.fields import BY_KIND, CONFIDENTIAL, PUBLIC, REGISTERED, STAFF, fields
from marketplace.models import Listing, ListingContent
from marketplace.services import disclosure, vocabularies
from matching.records import Record
from search.records import Document

FACETS = ("kind", "sectors", "priority", "readiness", "place", "cooperation")
# Who may find a published listing, by its visibility. An invitation-only one is in no search.
AUDIENCES = {"public": "public", "masked": "public", "registered": "registered"}
READINESS = (("1-3", range(1, 4)), ("4-6", range(4, 7)), ("7-9", range(7, 10)))
# Facts are read for constraints from these levels; contacts and staff notes never are.
FACT_LEVELS = frozenset({PUBLIC, REGISTERED, CONFIDENTIAL})
# What records of these kinds are called, for whoever searches them by that: their own texts seldom
# say it. Kinds everybody's texts speak of (technology, need) would only blur the others.
KIND_WORDS = {
    "idea": "ý tưởng khởi nghiệp, startup idea",
    "startup": "dự án khởi nghiệp, doanh nghiệp khởi nghiệp, startup",
    "mentor": "cố vấn, người hướng dẫn, mentor, adviser, advisor",
    "expert": "chuyên gia, expert, specialist",
    "investor": "nhà đầu tư, investor",
    "support": "tổ chức hỗ trợ khởi nghiệp, support organisation",
}
_FACTS = {
    # field -> (fact, how its value becomes one)
    "trl": ("trl", int),
    "trl_min": ("trl_min", int),
    "trl_from": ("trl_from", int),
    "trl_to": ("trl_to", int),
    "budget_min": ("budget_min", int),
    "budget_max": ("budget_max", int),
    "price_min": ("price_min", int),
    "price_max": ("price_max", int),
    "ask_amount": ("ask_amount", int),
    "ticket_min": ("ticket_min", int),
    "ticket_max": ("ticket_max", int),
    "sectors": ("sectors", set),
    "cooperation": ("cooperation", set),
    "instruments": ("instruments", set),
    "functions": ("functions", set),
    "help_wanted": ("help_wanted", set),
    "help_offered": ("help_wanted", set),
    "geography": ("geography", set),
    "stages": ("stages", set),
    "languages": ("languages", set),
    "product_stage": ("stage", str),
    "idea_stage": ("stage", lambda code: {"validated": "idea"}.get(code, code)),
    "capacity": ("capacity", int),
    "deadline": ("deadline", date.fromisoformat),
}

# What the desk alone knows and a comparison must heed: never indexed, never told to anybody else.
_STAFF_FACTS = {
    "legal_status": ("legal", str),
    "legal_name": ("names", lambda name: {name}),
    "conflicts": ("conflicts", str),
}

# fact -> the levels of the fields it is read from, in whatever kind.
_LEVELS_OF_FACTS: dict[str, set[str]] = {}
for _kind in BY_KIND:
    for _field in fields(_kind):
        _table = _STAFF_FACTS if _field.level == STAFF else _FACTS
        if _field.name in _table and _field.level in FACT_LEVELS | {STAFF}:
            _LEVELS_OF_FACTS.setdefault(_table[_field.name][0], set()).add(_field.level)
# Facts whose figures are stored nowhere.
CONFIDENTIAL_FACTS = frozenset(
    fact for fact, levels in _LEVELS_OF_FACTS.items() if levels & {CONFIDENTIAL, STAFF}
)
_ORDER = (PUBLIC, REGISTERED, CONFIDENTIAL, STAFF)
# What a reader of a rule's outcome must be allowed to read: the strictest of the fields a fact
# comes from, over all kinds (a fact named nowhere is public).
FACT_LEVEL = {fact: max(levels, key=_ORDER.index) for fact, levels in _LEVELS_OF_FACTS.items()}


def levels_of(facts: Iterable[str]) -> frozenset[str]:
    """The levels a reader must have on both sides to be told what a rule over these facts said."""
    return frozenset().union(*(_LEVELS_OF_FACTS.get(fact, ()) for fact in facts))


def findable(listing: Listing) -> bool:
    return listing.state == "published" and listing.visibility in AUDIENCES


def document_of(listing: Listing, values: dict, organisation_name: str = "") -> Document:
    """The listing for full-text search, from its public `values`."""
    body = list(texts(listing.kind, values, skip=("title_vi",)))
    if listing.visibility != "masked":
        body.append(organisation_name)
    body.append(KIND_WORDS.get(listing.kind, ""))
    readiness = next(
        (name for name, span in READINESS if int(values.get("trl") or 0) in span), None
    )
    return Document(
        key=listing.ref,
        kind=listing.kind,
        audience=AUDIENCES[listing.visibility],
        title=values.get("title_vi", ""),
        body="\n".join(filter(None, body)),
        facets={
            "sectors": tuple(values.get("sectors") or ()),
            "priority": tuple(filter(None, [values.get("priority")])),
            "readiness": tuple(filter(None, [readiness])),
            "place": tuple(filter(None, [values.get("place")])),
            "cooperation": tuple(values.get("cooperation") or ()),
        },
        sort={
            "published": listing.published_at.isoformat() if listing.published_at else "",
            "deadline": values.get("deadline") or "",
            "title": values.get("title_vi", ""),
        },
        version=listing.sequence,
    )


def texts(kind: str, values: dict, skip=()) -> Iterator[str]:
    """The free public texts of a listing, field by field."""
    for f in fields(kind, levels={PUBLIC}):
        value = values.get(f.name)
        if not value or f.name in skip or f.type not in ("text", "long", "lines", "tags"):
            continue
        yield value if isinstance(value, str) else "\n".join(value)


def record_of(listing: Listing, values: dict, coordinates=None, province: str = "") -> Record:
    """The listing for the matcher's index: public parts and public facts only."""
    parts: dict[str, str] = {}
    for f in fields(listing.kind, levels={PUBLIC}):
        value = values.get(f.name)
        if f.part and value:
            text = value if isinstance(value, str) else "\n".join(value)
            parts[f.part] = f"{parts[f.part]}\n{text}" if f.part in parts else text
    return Record(
        key=listing.ref,
        kind=listing.kind,
        parts=parts,
        facts=facts_of(listing.kind, values, coordinates, province),
        language=listing.language,
        groups=frozenset({AUDIENCES.get(listing.visibility, "invitation")}),
    )


def facts_of(kind: str, values: dict, coordinates=None, province: str = "") -> dict:
    """Values the matcher's constraints read. Give public values for what is stored, and those of
    FACT_LEVELS only for a comparison whose numbers are thrown away after."""
    facts: dict = {}
    for name, (fact, convert) in _FACTS.items():
        value = values.get(name)
        # `help_offered` is a text for people and a set of codes for organisations.
        if value not in (None, "", []) and not (convert is set and isinstance(value, str)):
            facts[fact] = convert(value)
    if coordinates:
        facts["lat"], facts["lon"] = coordinates
    if province and values.get("place"):
        facts["province"] = province
    return facts


# --- Reading listings for the indexes ----------------------------------------------------------
def documents(session: Session, listings: Iterable[Listing]) -> list[Document]:
    """Search documents of those listings that may be found at all."""
    listings = [each for each in listings if findable(each)]
    public = _public_values(session, listings)
    return [
        document_of(
            each,
            public.get(each.live_version_id, {}),
            each.organisation.name if each.organisation else "",
        )
        for each in listings
    ]


def records(session: Session, listings: Iterable[Listing], province: str) -> list[Record]:
    """Matcher records of published listings, invitation-only ones included."""
    listings = [each for each in listings if each.state == "published"]
    public = _public_values(session, listings)
    words = vocabularies.current(session)
    return [
        record_of(
            each,
            public.get(each.live_version_id, {}),
            words.coordinates(each.place) if each.place else None,
            province,
        )
        for each in listings
    ]


def private_facts(session: Session, listing: Listing, province: str) -> dict:
    """All facts of a listing, confidential figures and the desk's own notes on law and conflicts
    included, for one comparison."""
    values = disclosure.values_of(session, listing.live_version_id, FACT_LEVELS | {STAFF})
    words = vocabularies.current(session)
    coordinates = words.coordinates(listing.place) if listing.place else None
    facts = facts_of(listing.kind, values, coordinates, province)
    for name, (fact, convert) in _STAFF_FACTS.items():
        if values.get(name):
            facts[fact] = convert(values[name])
    if listing.organisation is not None:
        facts["names"] = facts.get("names", set()) | {listing.organisation.name}
    return facts


def _public_values(session: Session, listings: list[Listing]) -> dict[int, dict]:
    rows = session.execute(
        select(ListingContent.version_id, ListingContent.values).where(
            ListingContent.version_id.in_([each.live_version_id for each in listings]),
            ListingContent.level.in_(PUBLIC_ONLY),
        )
    ).all()
    return dict(rows)
