"""What holds for every route there is: it asks a rule, a GET writes nothing, a POST needs its
token, nothing crashes, no link is dead."""

import crawl
import pytest
from conftest import build
from flask import Blueprint

from marketplace.domain.permissions import RULES
from marketplace.web.access import permit


def rules(app):
    return list(app.url_map.iter_rules())


# --- Rules ---------------------------------------------------------------------------------------
def test_every_route_declares_a_rule_of_the_table(app):
    for rule in rules(app):
        action = app.view_functions[rule.endpoint].action
        noun = action.split(".")[0]
        assert action in RULES or (action == f"{noun}.*" and any(a.startswith(noun) for a in RULES))


@pytest.mark.parametrize("action", [None, "listing.sell", "nothing.*"])
def test_a_route_without_a_rule_stops_the_start(tmp_path, monkeypatch, action):
    forgotten = Blueprint("forgotten", __name__)

    def view():
        return "open to everybody by accident"

    forgotten.get("/forgotten")(permit(action)(view) if action else view)
    monkeypatch.setattr(
        "marketplace.web.init_app", lambda app, settings: app.register_blueprint(forgotten)
    )
    with pytest.raises(RuntimeError, match="/forgotten"):
        build(tmp_path)


def test_a_view_that_forgets_to_ask_about_its_subject_delivers_nothing(tmp_path, monkeypatch):
    from marketplace import web

    careless = Blueprint("careless", __name__)

    @careless.get("/careless")
    @permit("listing.view", subject=True)
    def view():
        return "a listing, shown to whoever came by"

    register = web.init_app

    def with_careless(app, settings):
        register(app, settings)
        app.register_blueprint(careless)

    monkeypatch.setattr(web, "init_app", with_careless)
    app = build(tmp_path)
    app.testing = False  # a crash becomes a page, as on the real site
    answer = app.test_client().get("/careless")
    assert answer.status_code == 500
    assert "whoever came by" not in answer.text


def test_a_rule_that_breaks_shows_nothing(app, monkeypatch, make):
    """Failing closed: an error while asking is a refusal, never an open door."""
    listing = make.listing("offer", title_vi="Không được lộ ra")

    def broken(actor, subject):
        raise RuntimeError

    monkeypatch.setitem(RULES, "listing.view", [[broken]])
    app.config["PROPAGATE"] = False
    answer = app.test_client().get(f"/listings/{listing.ref}")
    assert answer.status_code in (403, 500)
    assert "Không được lộ ra" not in answer.text


# --- Reading writes nothing ----------------------------------------------------------------------
def test_no_get_writes_a_single_row():
    _world, survey = crawl.survey()
    assert survey.before.keys() == survey.after.keys()
    for table, rows in survey.before.items():
        assert survey.after[table] == rows, f"a GET wrote to {table}"


def test_the_walk_came_everywhere():
    world, survey = crawl.survey()
    for method, answers in (("GET", survey.got), ("POST", survey.pressed)):
        visited = {a.endpoint for each in answers.values() for a in each}
        there = {r.endpoint for r in rules(world.app) if method in r.methods}
        assert there - visited == set()
        opened = {a.endpoint for each in answers.values() for a in each if a.status < 400}
        assert len(opened) > len(there) / 2


def test_a_route_nobody_has_values_for_fails_the_walk(app):
    world, _survey = crawl.survey()

    class Rule:
        rule, endpoint, _converters = "/x/<colour>", "x.y", {}

    with pytest.raises(crawl.Unfilled, match="colour"):
        crawl.values_of(world, Rule, "colour")


# --- Nothing crashes, nothing is dead ------------------------------------------------------------
def test_nothing_crashes():
    _world, survey = crawl.survey()
    crashed = {str(answer) for answer in survey.answers if answer.status >= 500}
    assert not crashed, "\n".join(sorted(crashed)[:15])


def test_no_page_links_to_nowhere():
    """Of the pages each person can open: every address on them is a route."""
    world, survey = crawl.survey()
    adapter = world.app.url_map.bind("localhost")
    dead = {
        f"{link} on {answer}"
        for answer in survey.answers
        if answer.status == 200
        for link in answer.links
        if not leads_somewhere(adapter, link.split("?")[0])
    }
    assert not dead, "\n".join(sorted(dead)[:15])


def leads_somewhere(adapter, path):
    path = path.removeprefix("/en") or "/"
    return any(adapter.test(path, method=method) for method in ("GET", "POST"))


# --- Forms ---------------------------------------------------------------------------------------
def test_every_post_without_its_token_is_refused(tmp_path):
    app = build(tmp_path)
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    for rule in rules(app):
        if "POST" not in rule.methods:
            continue
        values = {
            name: "offer" if name == "kind" else next(iter(getattr(converter, "items", ["x"])))
            for name, converter in rule._converters.items()
        }
        with app.test_request_context():
            _domain, path = rule.build(values)
        for data in ({}, {"csrf_token": "guessed"}):
            answer = client.post(path, data=data)
            # A form that was typed into may be given back with a good token; nothing is written.
            assert answer.status_code in (400, 401, 302), (rule.rule, answer.status_code)
            if answer.status_code == 302:
                assert "/sign-in" in answer.location, rule.rule


def test_no_route_takes_a_method_that_changes_things_without_a_token(app):
    for rule in rules(app):
        assert rule.methods <= {"GET", "HEAD", "OPTIONS", "POST"}, rule.rule
        assert not {"GET", "POST"} <= rule.methods, f"{rule.rule} reads and writes at one address"


def test_no_address_shows_a_number_of_the_database(app):
    """Public keys only: a number tells how many there are, and invites trying the next."""
    for rule in rules(app):
        assert "int:" not in rule.rule
        assert not {name for name in rule.arguments if name == "id" or name.endswith("_id")}
