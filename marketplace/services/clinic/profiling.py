"""From the clinic to a draft profile: the founder says of each step whether all may read it."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from marketplace.domain.clinic import CLINIC, KEPT, PUBLIC, PUBLIC_FIELDS, STEPS, shares
from marketplace.domain.errors import N_, Invalid, InvalidForm
from marketplace.models import ClinicIdea, Listing
from marketplace.services import audit, listings
from marketplace.services.clinic.reading import texts


def profile(
    session: Session,
    idea: ClinicIdea,
    title: str,
    chosen: Mapping[str, str],
    *,
    stage: str = "",
    help_wanted: list[str] = (),
    actor,
    now,
) -> tuple[Listing, dict]:
    """A draft of an idea's listing, published by nobody but the usual way; and what is still wrong
    with it, by field. `chosen`: step -> one of `shares(step)`, for each step that holds words.
    What is new goes to its own confidential field, the rest that is kept to the secret part.
    Raises WrongState, InvalidForm."""
    state = CLINIC.next(idea.state, "profile")
    words = texts(idea)
    errors = {
        f"share-{step}": Invalid(N_("Hãy chọn một cách."))
        for step in words
        if chosen.get(step) not in shares(step)
    }
    if not title.strip():
        errors["title"] = Invalid(N_("Mục này cần điền."))
    if not words:
        errors["title"] = Invalid(N_("Hãy viết ít nhất một bước trước khi làm hồ sơ."))
    if errors:
        raise InvalidForm(errors)
    listing = listings.create(session, "idea", actor=actor, now=now, is_sample=idea.is_sample)
    values = _values(words, chosen) | {"title_vi": title.strip()}
    if stage:
        values["idea_stage"] = stage
    if help_wanted:
        values["help_wanted"] = list(help_wanted)
    faults = listings.save(session, listing, values, actor=actor, now=now, names=set(values))
    idea.state, idea.listing, idea.changed_at = state, listing, now
    audit.record(session, "clinic.profile", idea, actor=actor, now=now, listing=listing.ref)
    return listing, faults


def _values(words: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for step in STEPS:
        if step not in words:
            continue
        if chosen[step] == PUBLIC:
            name, text = PUBLIC_FIELDS[step], words[step]
        elif chosen[step] == KEPT and step == "novelty":
            name, text = "novelty", words[step]
        elif chosen[step] == KEPT:
            name, text = "secret", f"{STEPS[step]}:\n{words[step]}"
        else:
            continue
        values[name] = f"{values[name]}\n\n{text}" if name in values else text
    return values
