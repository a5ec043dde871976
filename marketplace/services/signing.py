"""Links that carry a right: signed with SECRET_KEY, so that nobody makes one up and a copy of the
database gives none away. A link says for which purpose it was made and is good for no other."""

from itsdangerous import BadSignature, URLSafeSerializer

from marketplace.domain.errors import N_, DomainError

_secret = ""


class BadLink(DomainError):
    """The address was not made by this site, or what it was for is gone."""

    status = 400
    message = N_("Liên kết không đúng, hoặc không còn dùng được.")


def use(secret: str) -> None:
    """Called once by the wiring."""
    global _secret
    _secret = secret


def sign(purpose: str, *values) -> str:
    return URLSafeSerializer(_secret, salt=purpose).dumps(values)


def read(purpose: str, token: str) -> tuple:
    """The two values signed for the purpose. Raises BadLink."""
    try:
        first, second = URLSafeSerializer(_secret, salt=purpose).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise BadLink from error
    return first, second
