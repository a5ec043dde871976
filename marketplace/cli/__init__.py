"""Commands: `flask index | match | accounts | vocabularies | sample | worker | serve | assets`."""

from importlib import import_module

GROUPS = ("setup", "accounts", "index", "learning", "worker", "serve")


def init_app(app) -> None:
    for name in GROUPS:
        module = import_module(f"marketplace.cli.{name}")
        for command in module.COMMANDS:
            app.cli.add_command(command)
