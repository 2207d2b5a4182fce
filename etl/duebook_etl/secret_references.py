"""Secrets that a configuration only names: ``${NAME}`` of the environment, ``keyring:NAME``."""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import quote, unquote

from duebook.errors import InputError

KEYRING_SERVICE: Final = "duebook"
"""Under which our secrets lie in the system's keyring."""

REFERENCE: Final = re.compile(r"\$\{(?P<variable>[A-Za-z_]\w*)\}|keyring:(?P<secret>[\w.-]+)")
"""A secret as a configuration names it."""

_PASSWORD: Final = re.compile(r"://[^/:@?]*:(?P<password>[^@]+)@")
_PASSWORD_OPTION: Final = re.compile(r"[?&;](?:password|passwd|pwd)\s*=(?P<password>[^&;]*)", re.IGNORECASE)


def holds_password(url: str) -> bool:
    """Return whether a URL has a password written out, not a reference to one."""
    found = (pattern.search(unquote(url)) for pattern in (_PASSWORD, _PASSWORD_OPTION))
    return any(one and one["password"] and not REFERENCE.search(one["password"]) for one in found)


def variable(name: str) -> str:
    """Return a variable of the environment.

    Raises:
        ValueError: It is not set.
    """
    value = os.environ.get(name)
    if value is None:
        raise ValueError(f"the environment variable {name} is not set.")
    return value


def _secret(name: str) -> str:
    import keyring  # noqa: PLC0415 - slow to import, and seldom needed
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        value = keyring.get_password(KEYRING_SERVICE, name)
    except KeyringError as error:
        raise ValueError(
            f"the secret {name} cannot be read from the keyring ({type(error).__name__})."
        ) from None
    if value is None:
        raise ValueError(
            f"the keyring has no secret {name}; add it with `keyring set {KEYRING_SERVICE} {name}`."
        )
    return value


def with_secrets(text: str, where: str) -> str:
    """Return a URL, or a reference alone, with the secrets that it names.

    A password is kept as it is, so it is escaped here where it stands in a URL.

    Args:
        text: The URL or reference.
        where: Where it stands, for messages.

    Raises:
        InputError: A variable of the environment or a secret of the keyring is missing.
    """
    password = _PASSWORD.search(text)
    options = text.find("?")

    def replace(found: re.Match[str]) -> str:
        value = variable(found["variable"]) if found["variable"] else _secret(found["secret"])
        in_password = password is not None and password.start("password") <= found.start() < password.end(
            "password"
        )
        in_options = 0 <= options < found.start()
        return quote(value, safe="") if in_password or in_options else value

    try:
        return REFERENCE.sub(replace, text)
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None
