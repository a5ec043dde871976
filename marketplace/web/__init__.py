"""Pages: one module a noun. Importing a module here registers its blueprint."""

from importlib import import_module

# In the order of the site's menu; a noun's module offers `bp`.
NOUNS = (
    "home",
    "find",
    "saved",
    "notices",
    "listings",
    "attachments",
    "confidential",
    "tracking",
    "accounts",
    "organisations",
    "matches",
    "deals",
    "room",
    "desk",
    "quality",
    "rounds",
    "orders",
    "chances",
    "answers",
    "support",
    "mentoring",
    "investing",
    "clinic",
    "moderation",
    "synonyms",
    "imports",
    "exports",
    "admin",
)
SAMPLE_NOUNS = ("sample",)  # mail viewer and sample accounts, in the sample mode only


def init_app(app, settings) -> None:
    for noun in (*NOUNS, *(SAMPLE_NOUNS if settings.sample else ())):
        app.register_blueprint(import_module(f"marketplace.web.{noun}").bp)
