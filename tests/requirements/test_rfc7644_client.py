"""What Joiner's own client owes a service provider: addresses, and whom it trusts (RFC 7644 §1.3, §7.2)."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from joiner.connectors.address import parse_base_url
from joiner.connectors.flavour import TargetKind
from joiner.connectors.port import HttpRequest
from joiner.connectors.wire import AiohttpWire
from joiner.errors import Unreachable


def test_query_and_fragment_of_a_base_address_are_left_out_and_noted() -> None:
    address = parse_base_url("https://scim.northlight.example/v2?tenant=1#x", TargetKind.SCIM, "eu")
    assert address.base == "https://scim.northlight.example/v2"
    assert any("is not used" in note for note in address.notes)


def certificate_for(host: str, folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_server_that_nobody_vouches_for_gets_no_request(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    async def story() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=certificate_for("localhost", tmp_path))
        port = server.sockets[0].getsockname()[1]
        async with AiohttpWire() as wire:
            with pytest.raises(Unreachable):
                await wire.send(HttpRequest("POST", f"https://localhost:{port}/Users", {"Authorization": "Bearer secret"}, b"{}"))
        server.close()

    asyncio.run(story())
    assert b"".join(heard) == b""
