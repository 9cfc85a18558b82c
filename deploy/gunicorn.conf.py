"""Several workers of Fingerpost under Gunicorn, with or without TLS and HTTP/2.

    FINGERPOST_CONFIG=/srv/docs/config.yaml gunicorn -c deploy/gunicorn.conf.py

The settings are those of `python -m api --workers N`; what you set below them, or on Gunicorn's command
line, takes their place.  With FINGERPOST_CERTFILE and FINGERPOST_KEYFILE, HTTP/2 is spoken.
"""

import os

from api.serving import Address, gunicorn_settings
from pipeline.config import load_config

api = load_config(os.environ.get("FINGERPOST_CONFIG", "config.yaml")).api
cert, key = os.environ.get("FINGERPOST_CERTFILE"), os.environ.get("FINGERPOST_KEYFILE")
globals().update(gunicorn_settings(Address(api.host, api.port, cert, key)))

wsgi_app = "api.app:from_environment()"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))  # each needs about 400 MB and at most one core
