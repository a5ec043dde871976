"""The register of what the search box finds. A kind of record joins by a row of SOURCES: it is
then indexed, follows the outbox, stands among the results with its kind and source, and counts in
the facets, without a line anywhere else."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_
from marketplace.domain.permissions import allowed
from marketplace.domain.vocabulary import KINDS, pgettext
from marketplace.models import Listing, Organisation
from marketplace.services import disclosure, vocabularies
from marketplace.services.indexing import listings
from marketplace.services.organisations.registering import is_personal
from marketplace.services.visibility import visible_to
from search.records import Document


@dataclass(frozen=True)
class Source:
    """One kind of record that can be found.

    name       what the outbox calls it
    words      what a visitor reads: where this record comes from
    model      its table; `id` numbers the rows
    kinds      kind -> (one, many) in words; the values it has in the facet "kind"
    rows       selects what may be findable at all, for a rebuild
    key        the key of a row in the index; must not change
    documents  what the index may know of some rows; left out: those nobody may find
    views      keys of the index -> what the reader may see, of those they may see now
    link       (endpoint, argument) of the page of a view, whose `ref` is the argument
    explicit   its writers say themselves when it changed (outbox.changed); else every write does
    """

    name: str
    words: str
    model: type
    kinds: Mapping[str, tuple[str, str]]
    rows: Callable[[], Select]
    key: Callable[[object], str]
    documents: Callable[[Session, list], list[Document]]
    views: Callable[[Session, object, list[str]], dict]
    link: tuple[str, str]
    explicit: bool = False


def numbered(name: str) -> Callable[[object], str]:
    """Keys of a source by its rows' numbers; other rows of other sources have other names."""
    return lambda row: f"{name}:{row.id}"


def numbers(keys: Iterable[str]) -> dict[int, str]:
    """Row number -> key, of keys made by `numbered`."""
    return {int(key.rsplit(":", 1)[1]): key for key in keys}


# --- Listings ----------------------------------------------------------------------------------
def _listing_views(session: Session, actor, keys: list[str]) -> dict:
    rows = session.scalars(
        visible_to(actor).where(Listing.ref.in_(keys), Listing.state == "published")
    ).all()
    return {view.ref: view for view in disclosure.cards(session, actor, rows)}


# --- Organisations -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Card:
    """What a reader sees of a record that is no listing: the same words a listing's view has."""

    ref: str
    kind: str
    record: object
    values: dict = field(repr=False)

    def title(self, locale: str = "vi") -> str:
        return self.values["title"]

    def summary(self, locale: str = "vi") -> str:
        return self.values.get(f"summary_{locale}", "")

    def tongue(self, locale: str = "vi", name: str = "title") -> str:
        return "vi" if name == "title" else locale


def _organisation_documents(session: Session, rows: list[Organisation]) -> list[Document]:
    """What the public page of each says. A code that may be a person's own is not there."""
    words = vocabularies.current(session)
    return [
        Document(
            key=f"organisation:{each.id}",
            kind="organisation",
            audience="public",
            title=each.name,
            body="\n".join(
                filter(
                    None,
                    [
                        words.label("organisation_type", each.type),
                        words.label("organisation_type", each.type, "en"),
                        words.label("place", each.place) if each.place else "",
                        each.address,
                        "" if is_personal(each.tax_code) else each.tax_code,
                    ],
                )
            ),
            facets={"place": tuple(filter(None, [each.place]))},
            sort={"published": each.created_at.isoformat(), "title": each.name},
        )
        for each in rows
    ]


def _organisation_views(session: Session, actor, keys: list[str]) -> dict:
    keyed, words = numbers(keys), vocabularies.current(session)
    rows = session.scalars(select(Organisation).where(Organisation.id.in_(keyed)))
    return {
        keyed[each.id]: Card(
            each.key,
            "organisation",
            each,
            {
                "title": each.name,
                "place": each.place,
                "summary_vi": words.label("organisation_type", each.type),
                "summary_en": words.label("organisation_type", each.type, "en"),
            },
        )
        for each in rows
        if allowed("organisation.view", actor, each)
    }


SOURCES = (
    Source(
        name="listing",
        words=N_("Tin trên sàn"),
        model=Listing,
        kinds={kind: (one, many) for kind, (_prefix, one, many) in KINDS.items()},
        rows=lambda: select(Listing).where(Listing.state == "published"),
        key=lambda listing: listing.ref,
        documents=listings.documents,
        views=_listing_views,
        link=("listings.show", "ref"),
        explicit=True,
    ),
    Source(
        name="organisation",
        words=N_("Danh bạ đơn vị"),
        model=Organisation,
        kinds={"organisation": (N_("Đơn vị"), pgettext("many", "Đơn vị"))},
        rows=lambda: select(Organisation),
        key=numbered("organisation"),
        documents=_organisation_documents,
        views=_organisation_views,
        link=("organisations.show", "key"),
    ),
)


def of_kind(kind: str) -> Source | None:
    """The source whose records are of this kind."""
    return next((source for source in SOURCES if kind in source.kinds), None)


def kinds() -> dict[str, tuple[str, str]]:
    """Every kind a result can be of -> (one, many) in words."""
    return {kind: words for source in SOURCES for kind, words in source.kinds.items()}


def views(session: Session, actor, keys: Iterable[str]) -> dict:
    """Key -> what the actor may see now, in one look at each source; hidden ones are left out."""
    of_source: dict[str, list[str]] = {}
    named = {source.name for source in SOURCES}
    for key in keys:
        name = key.split(":", 1)[0]
        of_source.setdefault(name if ":" in key and name in named else "listing", []).append(key)
    return {
        key: view
        for source in SOURCES
        if source.name in of_source
        for key, view in source.views(session, actor, of_source[source.name]).items()
    }
