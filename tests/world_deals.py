"""The deals of world.py: one for each introduced match, with a canary in every word and sum."""

import hashlib
from datetime import timedelta

from canaries import new_number, new_word

from marketplace.domain.deals import FOLLOW_UP_MONTHS
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import MATCH_VERIFIED
from marketplace.models import (
    Agreement,
    Deal,
    DutyCheck,
    FollowUp,
    Milestone,
    OrderDraft,
    Proof,
    db,
    utcnow,
)
from marketplace.services import files
from marketplace.services.deals import duties, proofs


class Deals:
    def _deals(self):
        self.tokens |= {"milestone": [], "proof": []}
        for match in self.matches:
            if match.state == "failed":
                self._save(Deal(match_id=match.id, opened_at=utcnow(), moved_at=utcnow()))
                db.session.refresh(match)
            if match.deal is not None:
                self._deal(match)
        self.deal_keys = [each.key for each in self.matches if each.deal is not None]
        self._order()
        self._audit()

    def _deal(self, match):
        people = self._people_of(match)
        deal, notes = match.deal, self._reads(match, "deal.read_notes")
        deal.called_at = utcnow() if match.state == "introduced" else None
        deal.called_side = "a" if deal.called_at else ""
        if match.state == "in_contact":
            deal.paused_at, deal.paused_side, deal.pause_reason = utcnow(), "b", "season"
        for side, kind in (("a", "meeting"), ("b", "offer")):
            word = self._add(new_word(), f"note of a milestone in {match.state}", notes)
            row = Milestone(
                deal=deal, kind=kind, on=utcnow().date(), said={"note": f"Ghi {word}"},
                noted_side=side, noted_by_id=people[side], noted_at=utcnow(),
            )  # fmt: skip
            self._save(row)
            self.tokens["milestone"].append(row.key)
        checklist = duties.versions()[-1]
        self._save(
            DutyCheck(
                deal_id=deal.id, list_version=checklist.version, answers={"transfer": "no"},
                side="a", answered_by_id=people["a"], answered_at=utcnow(),
            )
        )  # fmt: skip
        if match.state == "agreement_claimed" or match.state in MATCH_VERIFIED:
            self._agreement(match, people)

    def _agreement(self, match, people):
        reads = self._reads(match, "deal.read_terms")
        verified, word, number, value = (
            match.state in MATCH_VERIFIED, new_word(), new_word(), new_number()
        )  # fmt: skip
        row = Agreement(
            deal=match.deal, form="licence", signed_on=utcnow().date() - timedelta(days=200),
            said={"value": value, "number": number, "note": f"Ghi {word}"},
            province_a="33", province_b="01", claimed_side="a", claimed_by_id=people["a"],
            claimed_at=utcnow(), confirmed_a_at=utcnow(), confirmed_a_by_id=people["a"],
            confirmed_b_at=utcnow() if verified else None,
            confirmed_b_by_id=people["b"] if verified else None,
            verified_at=utcnow() if verified else None, verified_how="both" if verified else "",
        )  # fmt: skip
        self._save(row)
        for canary in (word, number, str(value)):
            self._add(canary, f"terms of an agreement in {match.state}", reads)
        name, inside = new_word(), b"%PDF-1.4 " + new_word().encode()
        proof = Proof(
            key=f"{row.id:032x}", agreement=row, version=1, side="a", said={"name": f"{name}.pdf"},
            media_type="application/pdf", size=len(inside),
            sha256=hashlib.sha256(inside).hexdigest(), uploaded_at=utcnow(),
            uploaded_by_id=people["a"],
        )  # fmt: skip
        self._save(proof)
        files.write(self.folder / proofs.FOLDER, proof.key, inside)
        self.tokens["proof"].append(proof.key)
        for canary in (name, inside.decode().split()[-1]):
            self._add(canary, f"document of an agreement in {match.state}", reads)
        for month in FOLLOW_UP_MONTHS if verified else ():
            word, sum_ = new_word(), new_number()
            answered = month == min(FOLLOW_UP_MONTHS)
            self._save(
                FollowUp(
                    agreement=row, month=month, due_on=utcnow().date(),
                    said={"jobs": 3, "revenue": sum_, "effect": word} if answered else {},
                    answered_side="b" if answered else "",
                    answered_by_id=people["b"] if answered else None,
                    answered_at=utcnow() if answered else None,
                )
            )  # fmt: skip
            for canary in (word, str(sum_)) if answered else ():
                self._add(canary, f"effect of an agreement in {match.state}", reads)

    def _people_of(self, match):
        """An account for each side; a client's is written for by a curator."""
        return {
            side: getattr(match, side).owner_user_id or self.users["curator"].id
            for side in ("a", "b")
        }

    def _reads(self, match, rule):
        return lambda actor: allowed(rule, actor, match)

    def _order(self):
        """A draft of ordered research, and the desk's note on it."""
        need = next(
            each for each in self.listings if each.kind == "need" and each.state == "published"
        )
        word = new_word()
        row = OrderDraft(
            need_id=need.id, title="De xuat dat hang", problem="Van de can giai quyet",
            said={"note": f"Ghi {word}"}, made_by_id=self.users["curator"].id, made_at=utcnow(),
            changed_at=utcnow(),
        )  # fmt: skip
        self._save(row)
        self._add(word, "note on a draft order", lambda actor: allowed("order.edit", actor))
        self.tokens["order"] = [row.key]

    def _read_deals(self):
        """What rules look at, read before the rows leave their session."""
        for match in self.matches:
            deal = match.deal
            if deal is not None and deal.agreement is not None:
                _ = [proof.version for proof in deal.agreement.proofs]
