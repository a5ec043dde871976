"""The rooms of world.py: one for each deal, with a canary in every word, sum, name and file."""

import hashlib
from datetime import timedelta

from canaries import new_number, new_word

from marketplace.models import (
    RoomFile,
    RoomFileVersion,
    RoomMeeting,
    RoomMessage,
    RoomReading,
    RoomTask,
    utcnow,
)
from marketplace.services import files
from marketplace.services.room import papers


class Rooms:
    def _rooms(self):
        self.tokens |= {f"room {each}": [] for each in ("version", "offer", "file", "meeting")}
        self.tokens["room task"] = []
        for match in self.matches:
            if match.deal is not None:
                self._room(match)

    def _room(self, match):
        deal, people, now = match.deal, self._people_of(match), utcnow()

        def secret(what, canary=None):
            return self._add(
                canary or new_word(), f"{what} of a room in {match.state}",
                self._reads(match, "room.read"),
            )  # fmt: skip

        amount = new_number()
        secret("sum of an offer", str(amount))
        offer = RoomMessage(
            deal_id=deal.id, at=now, author_id=people["b"], side="b", state="open",
            said={"amount": amount, "terms": f"Khi {secret('terms')}"},
        )  # fmt: skip
        meeting = RoomMeeting(
            deal=deal, side="a", proposed_by_id=people["a"], minutes=60, changed_at=now,
            starts_at=now + timedelta(days=9),
            said={"where": f"O {secret('place')}", "agenda": f"Ve {secret('agenda')}"},
        )  # fmt: skip
        task = RoomTask(
            deal=deal, side="b", said={"text": f"Gui {secret('task')}"}, made_by_id=people["a"],
            due_on=now.date() + timedelta(days=9), made_at=now,
        )  # fmt: skip
        file = RoomFile(deal=deal, side="a", said={"name": f"Tep {secret('name of a file')}"})
        inside = secret("file")
        content = b"%PDF-1.4 " + inside.encode()
        version = RoomFileVersion(
            key=f"{deal.id:032x}", file=file, number=1, side="a",
            said={"name": f"{secret('name of a version')}.pdf"}, media_type="application/pdf",
            size=len(content), sha256=hashlib.sha256(content).hexdigest(), uploaded_at=now,
            uploaded_by_id=people["a"],
        )  # fmt: skip
        message = RoomMessage(
            deal_id=deal.id, at=now, author_id=people["a"], side="a",
            said={"text": f"Noi {secret('message')}"},
        )  # fmt: skip
        readings = (RoomReading(deal_id=deal.id, side=side) for side in ("a", "b"))
        for row in (message, offer, meeting, task, file, version, *readings):
            self._save(row)
        files.write(self.folder / papers.FOLDER, version.key, content)
        for name, row in {
            "offer": offer, "meeting": meeting, "task": task, "file": file, "version": version
        }.items():  # fmt: skip
            self.tokens[f"room {name}"].append(row.key)
