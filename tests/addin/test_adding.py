"""Adding a worksheet function touches one file, and the snapshots that are written from all declarations."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duebook_addin

ADDED = '''
"""A function of somebody who has just read how to add one."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from duebook_addin.registry import Category, Example, Text, function


@function("NETOF", Category.TERMS, "扣除折扣后的金额。", examples=[Example((100, 0.02), 98)])
def net_of(
    amount: Annotated[Decimal, Text("The amount.", "金额。")],
    discount: Annotated[Decimal, Text("The discount, 0.02 for 2%.", "折扣率。")],
) -> Annotated[Decimal, Text("What is left.", "折后金额。")]:
    """What is left of an amount after a discount."""
    return amount * (1 - discount)
'''
PROGRAM = """
import json
from duebook_addin import reference
from duebook_addin.call import call

answer = call("DUE.NETOF", "[[100, 50], 0.02]")
print(json.dumps([answer, reference.page(), json.loads(reference.declarations())]))
"""


def test_a_new_file_is_a_new_function(tmp_path: Path):
    copy = tmp_path / "duebook_addin"
    shutil.copytree(Path(duebook_addin.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "functions" / "netof.py").write_text(ADDED, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]), "PYTHONUTF8": "1"}

    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True, encoding="utf-8"
    )

    answer, page, declarations = json.loads(done.stdout)
    assert answer == ["[98, 49]", True]
    assert "=DUE.NETOF(amount, discount)" in page
    snapshot = json.loads((Path(__file__).parent / "functions.json").read_text(encoding="utf-8"))
    assert [one for one in declarations if one["name"] != "NETOF"] == snapshot
    assert len(declarations) == len(snapshot) + 1
