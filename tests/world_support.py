"""The services of world.py: requests of the owner in the states whose pages differ, with a canary
in every word and sum."""

from datetime import timedelta

from canaries import new_number, new_word

from marketplace.domain.permissions import curator
from marketplace.models import ServiceEvent, ServiceRequest, utcnow
from marketplace.services.support import catalogue

STATES = ("new", "triaged", "quoted", "in_progress", "waiting_client", "delivered", "rated")


class Support:
    def _support(self):
        folder = self.app.config["SETTINGS"].province.folder
        self.service_codes = list(catalogue.of(folder).services)
        self.tokens["service"] = [self._service(state) for state in STATES]
        self._audit()

    def _service(self, state):
        owner, desk, now = self.users["owner"], self.users["curator"], utcnow()
        words = {name: new_word() for name in ("text", "quote", "result", "rating", "note")}
        amount, private = new_number(), new_word()
        row = ServiceRequest(
            service="measurement", catalogue_version="2026-11",
            days={"new": 2, "triaged": 1, "assigned": 2, "agreed": 1, "in_progress": 10},
            asker=owner, text=f"Can {words['text']}", state=state, curator=desk,
            quote={"amount": amount, "text": f"Gom {words['quote']}"},
            result=f"Ra {words['result']}", rating=4 if state == "rated" else None,
            rating_words=f"Khen {words['rating']}", requested_at=now, changed_at=now,
            due_at=None if state == "rated" else now + timedelta(days=2),
            reminded_at=now if state == "waiting_client" else None,
        )  # fmt: skip
        self._save(row)
        for step, note, hidden in (
            ("request", "", False), ("ask_client", words["note"], False), ("note", private, True),
        ):  # fmt: skip
            self._save(
                ServiceEvent(
                    request=row, at=now, step=step, state=state, actor_id=desk.id, note=note,
                    private=hidden,
                )
            )  # fmt: skip
        asker_id = owner.id
        for name, word in (*words.items(), ("sum", str(amount))):
            self._add(
                word, f"{name} of a service in {state}",
                lambda actor: actor.id == asker_id or curator(actor, None),
            )  # fmt: skip
        self._add(private, f"the desk's note in {state}", lambda actor: curator(actor, None))
        return row.key
