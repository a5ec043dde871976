"""The requests of world.py for what is kept secret: one in each state, and two that are open now,
for the fields of a listing and for a file of it."""

from datetime import timedelta

from canaries import new_word
from sqlalchemy import select

from marketplace.config import ROOT, Province
from marketplace.domain.permissions import owner
from marketplace.domain.workflow import ACCESS, ACCESS_STANDING
from marketplace.models import AccessRequest, AccessView, Attachment, db, utcnow
from marketplace.models.access import FIELDS
from marketplace.services.confidential import nda

READER = "granted reader"


class Access:
    def _access(self):
        self.access_keys: dict[str, str] = {}  # state (or "file") -> key of a request
        self.grants: set[tuple[int, int, str]] = set()  # (user, listing, what) open now
        self.asked_for: dict[int, list] = {}  # user id -> listings they asked to read
        province = Province.read(ROOT / "marketplace/provinces/hung_yen")
        text = nda.latest(province.folder)
        offers = [
            each for each in self.listings
            if each.state == "published" and each.owner_user_id == self.users["owner"].id
            and each.kind == "offer"
        ]  # fmt: skip
        listing = offers[0]
        file = db.session.scalar(
            select(Attachment).where(
                Attachment.listing_id == listing.id, Attachment.level == "confidential"
            )
        )
        for state in ACCESS.states:
            self._request(state, listing, state, None, text, province)
        self._request("file", listing, "granted", file, text, province)
        self._audit()

    def _request(self, name, listing, state, file, text, province):
        now, words = utcnow(), {n: new_word() for n in ("purpose", "reason", "signed")}
        granted, reader = state in ("granted", "expired", "revoked"), self.users[READER]
        row = AccessRequest(
            listing=listing, attachment=file, asker=reader,
            organisation=self.organisations["readers"], purpose=f"Xem de {words['purpose']}",
            state="requested", requested_at=now, changed_at=now, reason=f"Vi {words['reason']}",
            unmarked=True, nda_version=text.version, accepted_name=f"Nguoi {words['signed']}",
            accepted_ip="192.0.2.7", accepted_at=now, granted_at=now if granted else None,
            expires_at=now + timedelta(days=30 if state == "granted" else 0) if granted else None,
        )  # fmt: skip
        what = file.key if file is not None else FIELDS
        if state in ACCESS_STANDING:
            row.standing = f"{name}/{listing.id}"
        self._save(row)
        row.nda = nda.filled(text, row, province, owner=("ben cho xem", "the owner"), now=now)
        row.nda_sha256, row.state = nda.digest(row.nda), state
        self._save(row)
        if granted:
            self._save(AccessView(request=row, actor_id=reader.id, at=now, what=what))
        if state == "granted":
            self.grants.add((reader.id, listing.id, what))
        self.access_keys[name] = row.key
        self.asked_for.setdefault(reader.id, []).append(listing)
        for kind, word in words.items():
            self._add(word, f"{kind} of a request in {name}", self._of_two_sides(row, listing))

    def _of_two_sides(self, row, listing):
        asker_id = row.asker_id

        def readers(actor):
            typed = actor.id == listing.entered_by_id
            return actor.id == asker_id or (owner(actor, listing) and not typed)

        return readers

    # Asking.
    def opened_for(self, actor, listing, what) -> bool:
        return (actor.id, listing.id, what) in self.grants

    def asked_by(self, user_id, actor) -> bool:
        """Whether somebody asked the actor's side, and so told them who they are."""
        return any(owner(actor, each) for each in self.asked_for.get(user_id, ()))
