"""The investors of world.py: the other organisation follows the startup of the owner, writes on its
card, looks at it together with another one, and was offered its deck. A canary in every word."""

from datetime import date
from pathlib import Path
from secrets import token_hex

from canaries import new_word

from marketplace.domain.permissions import allowed, owner
from marketplace.models import (
    Attachment,
    CardNote,
    CoInvestment,
    DeckOffer,
    InvestorCard,
    Teaser,
    utcnow,
)
from marketplace.services import files

INVESTOR, OTHER = "owner of the other listing", "organisation member"


class Investing:
    def _investing(self):
        now, make = utcnow(), self.make
        owner_row, investor = self.users["owner"], self.users[INVESTOR]
        startup = next(
            each for each in self.listings
            if each.kind == "startup" and each.state == "published"
            and each.visibility == "public" and each.owner_user_id == owner_row.id
        )  # fmt: skip
        ours = self._fund("theirs")
        theirs = self._fund("ours")
        self.tokens |= {"card": [], "co-investment": [], "deck offer": []}
        words = {name: new_word() for name in ("next step", "note", "note of a co-investor")}
        for name, fund, person in (("", ours, INVESTOR), (" of a co-investor", theirs, OTHER)):
            written = f"La {words['note' + name]}"
            card = make.save(
                InvestorCard(
                    investor=fund, listing=startup, stage="parked" if name else "diligence",
                    parked_until=date(2027, 5, 1) if name else None, reason="",
                    next_step="" if name else f"Goi {words['next step']}", next_on=None,
                    added_at=now, moved_at=now, added_by_id=self.users[person].id,
                )
            )  # fmt: skip
            make.save(CardNote(card=card, at=now, by_id=self.users[person].id, text=written))
            self.tokens["card"].append(card.key)
            for word in ("next step", "note"):
                if word + name in words:
                    self._add(words[word + name], f"{word}{name} on a card", self._of_fund(fund))
            if not name:
                first = card
        for state in ("asked", "together"):
            row = make.save(
                CoInvestment(
                    card=first, to=theirs, state=state, standing=state, asked_at=now,
                    asked_by_id=investor.id, changed_at=now,
                )
            )  # fmt: skip
            self.tokens["co-investment"].append(row.key)
        self._deck(startup, ours, owner_row, now)
        self._audit()

    def _fund(self, house):
        return next(
            each for each in self.listings
            if each.kind == "investor" and each.state == "published"
            and each.organisation_id == self.organisations[house].id
        )  # fmt: skip

    def _of_fund(self, fund):
        organisation_id = fund.organisation_id

        def readers(actor):
            member = actor.signed_in and actor.verified and not actor.is_staff
            return member and organisation_id in actor.organisations

        return readers

    def _deck(self, startup, fund, owner_row, now):
        name, content, said = new_word(), new_word(), new_word()
        key = token_hex(16)
        row = Attachment(
            key=key, listing_id=startup.id, level="confidential", deck=True, name=f"{name}.pdf",
            media_type="application/pdf", size=10, sha256="0" * 64, uploaded_at=now,
            uploaded_by_id=owner_row.id,
        )  # fmt: skip
        self._save(row)
        folder = Path(self.folder) / "files"
        files.write(folder, key, b"%PDF-1.4 " + content.encode())
        listing = startup
        for word, what in ((name, "name of a deck"), (content, "a deck")):
            self._add(word, what, lambda actor: allowed("listing.keep_deck", actor, listing))
        self.tokens["deck"] = [key]
        offer = self.make.save(
            DeckOffer(
                listing=startup, to=fund, standing="it", days=30, offered_at=now,
                offered_by_id=owner_row.id, changed_at=now,
            )
        )  # fmt: skip
        self.tokens["deck offer"].append(offer.key)
        self._save(Teaser(listing_id=startup.id, note=f"Trung tam {said}", note_at=now))
        self._add(said, "the centre's word on a teaser", self._members(startup))

    def _members(self, listing):
        def readers(actor):
            staff = actor.role not in ("auditor", "sysadmin")
            return (actor.signed_in and actor.verified and staff) or owner(actor, listing)

        return readers
