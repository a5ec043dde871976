"""What a page loads besides its HTML: one stylesheet, one script, htmx, icons and a typeface.

`build` is a set-up step: it gathers them from the installed packages and `marketplace/static`
into one folder of files that never change, because each carries a hash of its content in its name.
`init_app` serves that folder and gives templates `asset(name)`.
"""

from .gather import build
from .serve import init_app

__all__ = ["build", "init_app"]
