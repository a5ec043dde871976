"""Smaller pages over slow lines, for guests only: a signed-in page mixes secrets with what the
address says, and the length of its compressed form could be used to guess them (BREACH)."""

import gzip

import brotli
from flask import g, request

WORTH_IT = 1500  # bytes; below, the headers outweigh the gain


def init_app(app) -> None:
    @app.after_request
    def compress(response):
        actor = g.get("actor")
        if (
            actor is None
            or actor.signed_in
            or response.mimetype not in ("text/html", "application/json")
            or response.direct_passthrough
            or response.content_encoding
        ):
            return response
        body, accepted = response.get_data(), request.accept_encodings
        if len(body) >= WORTH_IT and (accepted["br"] or accepted["gzip"]):
            if accepted["br"]:
                response.set_data(brotli.compress(body, quality=5))
                response.content_encoding = "br"
            else:
                response.set_data(gzip.compress(body, 6))
                response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        return response
