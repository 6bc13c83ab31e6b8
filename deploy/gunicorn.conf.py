"""For those who start gunicorn themselves; `typecho-search serve` needs no such file.

    gunicorn -c deploy/gunicorn.conf.py

The same configuration as `typecho-search serve`, from the same settings
(search.toml and SEARCH_*), without the writer: run `typecho-search sync --watch`
beside it.
"""

from service.settings import load
from service.web import gunicorn_conf

globals().update(gunicorn_conf.options(load().settings))
wsgi_app = "service.web.wsgi:app()"
