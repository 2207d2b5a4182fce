"""A certificate of the server's own, for where nobody hands out a better one: made once, renewed in time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from duebook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

CERTIFICATE: Final = "duebook-server.crt"
KEY: Final = "duebook-server.key"
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_LIFE: Final = timedelta(days=825)  # macOS trusts none that lives longer
_RENEWED: Final = timedelta(days=30)  # before its end
_SKEW: Final = timedelta(hours=1)  # clocks differ


@dataclass(frozen=True)
class OwnCertificate:
    """A certificate that signs itself.

    Attributes:
        certificate: Its file.
        key: The file of its key, which only its owner reads.
        made: Whether it is new, so that it has to be trusted anew.
    """

    certificate: Path
    key: Path
    made: bool


def own_certificate(folder: Path, hosts: Collection[str], now: datetime | None = None) -> OwnCertificate:
    """Return the server's own certificate, made or renewed where there is none that serves.

    Args:
        folder: Where it lies.
        hosts: The names and addresses it is for, beside those of this computer.
        now: The time; left out, the clock's.

    Raises:
        InputError: It cannot be written.
    """
    time = now or datetime.now(UTC)
    wanted = tuple(dict.fromkeys((*LOOPBACK, *hosts)))
    found = OwnCertificate(folder / CERTIFICATE, folder / KEY, made=False)
    if _serves(found, set(wanted), time):
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _make(found, wanted, time)
    except OSError as error:
        raise InputError(f"{error.filename}: it cannot be written: {error.strerror}.") from None
    return OwnCertificate(found.certificate, found.key, made=True)


def hosts_of(certificate: Path) -> tuple[str, ...]:
    """Return the names and addresses that a certificate is for; wildcards are left out.

    Raises:
        InputError: It cannot be read.
    """
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except OSError as error:
        raise InputError(f"{certificate}: the certificate cannot be read: {error.strerror}.") from None
    except ValueError:
        raise InputError(f"{certificate}: it is no certificate in PEM.") from None
    except x509.ExtensionNotFound:
        raise InputError(
            f"{certificate}: it names no host (subjectAltName); browsers and Office refuse it.",
            hint="Ask for one that does, or let --self-signed make one.",
        ) from None
    hosts = names.get_values_for_type(x509.DNSName)
    hosts += [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return tuple(host.lower() for host in hosts if "*" not in host)


def _serves(found: OwnCertificate, wanted: set[str], now: datetime) -> bool:
    if not (found.key.is_file() and found.certificate.is_file()):
        return False
    try:
        certificate = x509.load_pem_x509_certificate(found.certificate.read_bytes())
        hosts = set(hosts_of(found.certificate))
        key = serialization.load_pem_private_key(found.key.read_bytes(), None)
    except (InputError, OSError, ValueError, TypeError):
        return False
    lasts = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - _RENEWED
    return lasts and wanted <= hosts and key.public_key() == certificate.public_key()


def _make(place: OwnCertificate, hosts: Collection[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Duebook server")])
    names = [_general_name(host) for host in hosts]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now - _SKEW + _LIFE)
        # It is no authority: who trusts it trusts this server, and nothing that its key could sign.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(place.key, secret)
    place.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner reads, in place of any that was there.

    Raises:
        OSError: It cannot be written.
    """
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)


def _general_name(host: str) -> x509.GeneralName:
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return x509.DNSName(host)
    return x509.IPAddress(address)
