"""A signed event is checked with the key that is shown, and with no other."""

from __future__ import annotations

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey
from msgspec.json import decode

from joiner.auth.event_signing import ALGORITHM, key_id, public_key, seed_from, sign_event

SEED = seed_from("a secret of 256 bits")


def test_a_receiver_checks_the_signature_with_the_key_that_is_shown() -> None:
    token = sign_event({"jti": "t1", "events": {}}, SEED)
    assert token == sign_event({"jti": "t1", "events": {}}, SEED)
    shown = public_key(SEED)
    found = jws.deserialize_compact(token, OKPKey.import_key(shown), algorithms=[ALGORITHM])
    assert decode(found.payload) == {"jti": "t1", "events": {}}
    assert found.headers() == {"alg": ALGORITHM, "typ": "secevent+jwt", "kid": key_id(SEED)}
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(token, OKPKey.import_key(public_key(seed_from("another"))), algorithms=[ALGORITHM])


def test_the_key_that_is_shown_holds_nothing_private() -> None:
    shown = public_key(SEED)
    assert "d" not in shown
    assert shown["use"] == "sig"
