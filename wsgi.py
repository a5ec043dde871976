"""The WSGI entry point: `waitress-serve wsgi:app`, and what `flask` commands find."""

import os

from marketplace import create_app
from marketplace.config import Settings

app = create_app(Settings.from_environ(os.environ))
