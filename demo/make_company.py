"""Make the demo company: two years of a trading group's books, kept in Tryton.

The group sells on credit from two companies: Halden Lin Europe B.V. in Rotterdam
(EUR) and 海登林贸易（上海）有限公司 in Shanghai (CNY), to 120 customers in 12
countries and 6 industries, from 2024-07-01 to 2026-06-30. All names are invented.

Customers with a story (`company/customers.py` has the rows, `company/habits.py`
the behaviour):

| customer | what to see |
|---|---|
| C1053 Brackwater Outdoor Ltd | slides into default: prompt in 2024, later every quarter of 2025, buys more while it does, part payments, nothing paid of what it bought from November 2025 |
| C1027 Vallier Matériaux SAS | disputes: pays two thirds of nearly every second invoice; some claims are settled months later by a credit note, the rest stays open |
| C1066 上海栖霁电子科技有限公司 | grows fast: more and larger invoices every half-year, pays a little later each time, far beyond its credit limit at the end |
| C1100 Tanakawa Seimitsu K.K. | always pays early, two weeks before the due date, in yen |
| C1042 Costa Brava Garden S.L. | seasonal: buys from February to June, pays when the season is over |
| C1015 Kessler & Tann Maschinenbau GmbH | takes 2 % off every invoice without right; each difference is written off |
| C1036 Orfeo Moda S.r.l. | goes bankrupt: nothing paid from June 2025, all written off on 2026-03-31 |
| C1047 Construcciones Piedralba S.L. | recovers: seven weeks late in 2024, prompt from July 2025 |
| C1048 Polna Market Sp. z o.o. | pays everything due in one sum on the 25th |
| C1064 Juniper & Vale Apparel Inc. | bought until February 2025, then left with a credit note nobody allocated |
| C1091 沈阳浑铸重工有限公司 | agreed a payment plan on 2025-11-14, kept three instalments, broke it |
| C1094 温州瓯革鞋材有限公司 | slows down by five days every two months |
| C1114 Gulf Meridian Trading LLC | pays round thousands on account; what is left over stays as its credit |
| C1002 =SUM Design Studio | its name would be a formula if a workbook were careless |
| C1001, C1028 Atlas Office Supply | two customers of one name, in Amsterdam and in Paris |

The same seed gives the same documents: nothing reads the clock. Ids are the same
too with `--jobs 1`; with two jobs the companies' rows take their ids as they come.

    python -m venv tryton && tryton/bin/pip install -r demo/company/requirements.txt
    tryton/bin/python demo/make_company.py                                 # the demo itself
    tryton/bin/python demo/make_company.py --scale 0.05 --out small        # a trial

It needs the programs of a PostgreSQL server (15 was used); the server it starts is
private, on loopback, and gone at the end.
"""

# Tryton is imported in the processes that serve it; the stories are a table, one row each.
# ruff: noqa: PLC0415, RUF002, E501

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from company import postgres

DATABASE = "company"
_HERE = Path(__file__).parent

_CLEAN = """
-- Nothing that opens a door: the administrator has no password, no session survives.
UPDATE res_user SET password_hash = NULL, password_reset = NULL, password_reset_expire = NULL,
    email = NULL;
TRUNCATE ir_session, ir_session_wizard, ir_queue, ir_error, ir_model_log, res_user_warning,
    res_user_login_attempt, res_user_device, ir_cron_log, ir_cache CASCADE;
-- What the installation stamped with the clock gets the day the books were set up.
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT table_name, column_name FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
        AND column_name IN ('create_date', 'write_date')
    LOOP
        EXECUTE format('UPDATE %I SET %I = %L WHERE %I > %L', one.table_name, one.column_name,
            '2024-01-01 08:00:00', one.column_name, '2026-07-01');
    END LOOP;
END $$;
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, default=20240701, help="where everything is drawn from")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="factor on the number of documents (default 1)"
    )
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=2, help="companies kept at the same time")
    parser.add_argument(
        "--out",
        type=Path,
        default=_HERE / "duebook_demo",
        help="folder of company.sql.gz and figures.json",
    )
    parser.add_argument("--pg-bin", help="folder of PostgreSQL's programs")
    return parser.parse_args()


def _install(server: postgres.Server, folder: Path) -> str:
    """Create the Tryton database with its modules; return the path of its settings."""
    from company.setup import MODULES

    settings = folder / "trytond.conf"
    settings.write_text(f"[database]\nuri = {server.url('')}\n", encoding="utf-8")
    password = folder / "password"
    password.write_text(secrets.token_urlsafe(24), encoding="utf-8")
    server.run("createdb", DATABASE)
    subprocess.run(  # noqa: S603 - Tryton's own program, arguments of our own
        [
            str(Path(sys.executable).parent / "trytond-admin"),
            "-c",
            str(settings),
            "-d",
            DATABASE,
            "--all",
            "-u",
            "ir",
            *MODULES,
            "--activate-dependencies",
            "--email",
            "admin@example.org",
        ],
        check=True,
        env={**os.environ, "TRYTONPASSFILE": str(password)},
    )
    password.unlink()
    return str(settings)


def _set_up(url: str, settings: str, seed: int) -> None:
    from company.session import Session
    from company.setup import set_up

    set_up(Session(url, settings), seed)


def _keep(url: str, settings: str, index: int, seed: int, scale: float) -> None:
    from company.books import Books
    from company.diary import Diary
    from company.session import Session
    from company.setup import COMPANIES

    Diary(Books(Session(url, settings), COMPANIES[index]), seed, scale).run()


def _figures(url: str, settings: str, seed: int, scale: float, target: Path) -> None:
    from trytond import __version__

    from company.figures import figures
    from company.session import Session
    from company.setup import LAST_DAY

    session = Session(url, settings)
    session.day = LAST_DAY
    found = figures(session, seed, scale, __version__)
    text = json.dumps(found, ensure_ascii=False, indent=1)
    target.write_text(text + "\n", encoding="utf-8")


def _in_processes(jobs: int, *calls: tuple[Any, tuple[Any, ...]]) -> None:
    """Run calls in processes of their own: a process can serve one Tryton at one date only."""
    context = multiprocessing.get_context("spawn")
    waiting = list(calls)
    while waiting:
        batch, waiting = waiting[:jobs], waiting[jobs:]
        running = [context.Process(target=target, args=args) for target, args in batch]
        for process in running:
            process.start()
        for process in running:
            process.join()
        if any(process.exitcode for process in running):
            message = "a step failed; see its traceback above"
            raise SystemExit(message)


def main() -> None:
    """Make the books, the figures and the dump."""
    options = _arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="duebook-company-"))
    folder.chmod(0o755)
    server = postgres.start(folder, postgres.find_binaries(options.pg_bin))

    def report(step: str) -> None:
        print(f"{time.monotonic() - began:7.0f} s  {step}", flush=True)

    try:
        settings = _install(server, folder)
        report("Tryton installed")
        url, seed, scale = server.url(DATABASE), options.seed, options.scale
        _in_processes(1, (_set_up, (url, settings, seed)))
        report("group set up")
        _in_processes(options.jobs, *((_keep, (url, settings, n, seed, scale)) for n in range(2)))
        report("books kept")
        target = options.out / "figures.json"
        _in_processes(1, (_figures, (url, settings, seed, scale, target)))
        report("figures written")
        server.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-c", _CLEAN, database=DATABASE)
        postgres.dump(server, DATABASE, options.out / "company.sql.gz")
        report("dump written")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
