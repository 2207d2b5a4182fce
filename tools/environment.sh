#!/bin/sh
# environment.sh PYTHON FOLDER LOCK: a virtual environment with what LOCK pins, checked by hash, and Duebook itself,
# editable. By uv where it is present (seconds), else by venv and pip; by pip too where uv cannot reach a package,
# because the two are configured apart.
set -eu
python=$1 folder=$2 lock=$3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Duebook needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || true)." >&2
    echo "Name another with: make PYTHON=python3.12 ..." >&2
    exit 1
}

by_uv() {
    [ -x "$folder/bin/python" ] || uv venv --quiet --python "$python" "$folder" &&
        uv pip install --quiet --python "$folder/bin/python" --require-hashes --requirement "$lock" &&
        uv pip install --quiet --python "$folder/bin/python" --no-deps --no-build-isolation --editable .
}

by_pip() {
    "$folder/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$folder"
    pip="$folder/bin/python -m pip install --quiet --disable-pip-version-check"
    $pip --require-hashes --requirement "$lock"
    $pip --no-deps --no-build-isolation --editable .
}

echo "Environment in $folder from $lock ..."
if command -v uv >/dev/null 2>&1; then
    by_uv || {
        echo "uv could not; trying venv and pip ..." >&2
        by_pip
    }
else
    by_pip
fi
