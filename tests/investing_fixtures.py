"""A founder with a startup, and two investors."""

import pytest

from marketplace.models import (
    utcnow,
)
from marketplace.services.accounts import actor_of

NOW = utcnow()


@pytest.fixture
def scene(make):
    """A founder with a startup, and two investors."""

    class Scene:
        founder, investor, other = make.user(), make.user(hats=["investor"]), make.user()
        ours = make.organisation(founder)
        startup = make.listing("startup", owner=founder, organisation=ours)
        fund = make.listing("investor", owner=investor, organisation=make.organisation(investor))
        second = make.listing("investor", owner=other, organisation=make.organisation(other))

    scene = Scene()
    scene.actor = actor_of(scene.investor)
    scene.who = {"actor": scene.actor, "now": NOW}
    return scene
