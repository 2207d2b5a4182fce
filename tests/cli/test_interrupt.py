"""Ctrl-C: a refresh ends there, as a whole, and publishes nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Answer
    from erp import Database

_WAITING = (
    "SELECT pg_sleep(0.05), count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT as a terminal sends it")
def test_ctrl_c_ends_a_refresh_that_waits_for_the_server(
    odoo: Database, configured: Callable[..., Path], duebook: Callable[..., Answer]
) -> None:
    own = odoo.copy()
    url = own.postgres.url(own.name, driver="postgresql+psycopg").render_as_string(hide_password=False)
    folder = configured(url, connector="odoo")
    command = [sys.executable, "-m", "duebook_cli", "refresh", "--as-of", "2026-03-31"]
    with own.postgres.connect(own.name) as blocker, own.postgres.connect() as watcher:
        blocker.execute("BEGIN")
        blocker.execute("LOCK TABLE account_partial_reconcile")
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as refresh:  # noqa: S603 - ourselves
            deadline = time.monotonic() + 60
            while not (watcher.execute(_WAITING, (own.name,)).fetchone() or (None, 0))[1]:
                assert refresh.poll() is None
                assert time.monotonic() < deadline
            refresh.send_signal(signal.SIGINT)
            refresh.communicate(timeout=60)
        assert refresh.returncode == 130

    assert not (folder / "portfolio.xlsx").exists()
    assert duebook(folder, "status", "--json").document["runs"][0]["status"] == "failed"
    assert duebook(folder, "refresh", "--as-of", "2026-03-31").code == 0
