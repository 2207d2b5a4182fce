"""The demo company: a Tryton database, Tryton's own figures of it, and a server to load it into.

``company.sql.gz`` and ``figures.json`` were written by ``demo/make_company.py``, ``credit_file.csv`` by hand;
the server is an embedded PostgreSQL, installed by the extra ``demo``.
"""

from __future__ import annotations

from duebook_demo.data import DATABASE, credit_file, dump, figures
from duebook_demo.server import libpq_url, load, start, stop

__all__ = ["DATABASE", "credit_file", "dump", "figures", "libpq_url", "load", "start", "stop"]
