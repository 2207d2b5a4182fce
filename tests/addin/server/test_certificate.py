"""The server's own certificate: what it is for, how long it lives, and who may read its key."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from duebook.errors import InputError
from duebook_addin.server.certificate import hosts_of, own_certificate
from duebook_addin.server.run import check_certificate
from serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from duebook_addin.server.certificate import OwnCertificate

NOW: Final = datetime(2026, 6, 30, 12, tzinfo=UTC)
LIFE: Final = timedelta(days=825)


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_it_is_for_this_computer_and_the_hosts_named(tmp_path: Path):
    own = own_certificate(tmp_path, ["credit.example", "10.0.0.7", "localhost"], NOW)
    assert hosts_of(own.certificate) == ("localhost", "credit.example", "127.0.0.1", "::1", "10.0.0.7")
    check_certificate(own.certificate, own.key)


def test_it_lives_as_long_as_macos_trusts_one_and_signs_no_other(tmp_path: Path):
    found = read(own_certificate(tmp_path, [], NOW).certificate)
    assert found.not_valid_before_utc < NOW
    assert found.not_valid_after_utc - found.not_valid_before_utc == LIFE
    constraints = found.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.value.ca, constraints.critical) == (False, True)
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_only_its_owner_reads_the_key(tmp_path: Path):
    own = own_certificate(tmp_path / "new" / "folder", [], NOW)
    assert own.key.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE KEY" not in own.certificate.read_text(encoding="ascii")


def test_it_is_kept_while_it_serves(tmp_path: Path):
    first = own_certificate(tmp_path, ["credit.example"], NOW)
    content = first.certificate.read_bytes(), first.key.read_bytes()
    assert first.made
    for hosts in (["credit.example"], []):
        again = own_certificate(tmp_path, hosts, NOW + LIFE - timedelta(days=32))
        assert not again.made
        assert (again.certificate.read_bytes(), again.key.read_bytes()) == content


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda own: own.key.unlink(), id="the key is gone"),
        pytest.param(lambda own: own.key.write_bytes(b"no key"), id="the key is none"),
        pytest.param(lambda own: own.certificate.write_bytes(b"none"), id="the certificate is none"),
    ],
)
def test_it_is_made_anew_where_it_does_not_serve(tmp_path: Path, spoil: Callable[[OwnCertificate], object]):
    spoil(own_certificate(tmp_path, [], NOW))
    again = own_certificate(tmp_path, [], NOW)
    assert again.made
    check_certificate(again.certificate, again.key)


def test_it_is_made_anew_before_it_ends_for_a_new_host_and_with_the_key_of_another(tmp_path: Path):
    own_certificate(tmp_path, [], NOW)
    assert own_certificate(tmp_path, [], NOW + LIFE - timedelta(days=30)).made
    assert own_certificate(tmp_path, ["credit.example"], NOW + LIFE).made
    other = own_certificate(tmp_path / "other", [], NOW + LIFE)
    (tmp_path / other.key.name).write_bytes(other.key.read_bytes())
    assert own_certificate(tmp_path, ["credit.example"], NOW + LIFE).made


def test_who_trusts_it_is_answered_and_nobody_else_is_fooled(tmp_path: Path):
    own = own_certificate(tmp_path / "own", [])
    other = own_certificate(tmp_path / "other", [])
    with serving(tls=(own.certificate, own.key)) as server:
        with server.client() as client:
            assert client.get("/health").json() == {"status": "ok"}
        for trusted in (ssl.create_default_context(), ssl.create_default_context(cafile=other.certificate)):
            with (
                httpx.Client(verify=trusted) as client,
                pytest.raises(httpx.ConnectError, match="VERIFY_FAILED"),
            ):
                client.get(f"{server.url}/health")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"taken: it cannot be written: "):
        own_certificate(tmp_path / "taken", [], NOW)


def test_files_that_are_no_certificate_and_key_are_refused(tmp_path: Path):
    own = own_certificate(tmp_path, [], NOW)
    other = own_certificate(tmp_path / "other", [], NOW)
    with pytest.raises(InputError, match=r"none\.crt: there is no such file; the server needs it for TLS\."):
        check_certificate(tmp_path / "none.crt", own.key)
    with pytest.raises(InputError, match="they are no certificate and its key: the key is of another"):
        check_certificate(own.certificate, other.key)
    with pytest.raises(InputError, match="they are no certificate and its key: both have to be in PEM"):
        check_certificate(own.key, own.certificate)
    with pytest.raises(InputError, match=r"it is no certificate in PEM\."):
        hosts_of(own.key)
    with pytest.raises(InputError, match="the certificate cannot be read: No such file"):
        hosts_of(tmp_path / "none.crt")
