"""A security key in software: it signs as a device does, with real keys, for the site that the browser names."""

import hashlib
import json
import os
import struct

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

SITE = "http://localhost"
PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40  # flags


class Authenticator:
    """One key. `create` and `get` return the answers of the browser to the options of a page."""

    def __init__(self):
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        self.key_id, self.count = os.urandom(32), 0

    def create(self, options, site=SITE, rp_id=None):
        data = self._build_data(rp_id or options["rp"]["id"], PRESENT | VERIFIED | WITH_KEY)
        data += bytes(16) + struct.pack(">H", len(self.key_id)) + self.key_id + self._encode_public_key()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = _encode_client_data("webauthn.create", options["challenge"], site)
        return self._write_answer(clientDataJSON=client, attestationObject=attestation)

    def get(self, options, site=SITE, rp_id=None):
        self.count += 1
        data = self._build_data(rp_id or options["rpId"], PRESENT | VERIFIED)
        client = _encode_client_data("webauthn.get", options["challenge"], site)
        signed = data + hashlib.sha256(client).digest()
        signature = self.private_key.sign(signed, ec.ECDSA(SHA256()))
        return self._write_answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _build_data(self, rp_id, flags):
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _encode_public_key(self):
        numbers = self.private_key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})  # COSE: EC2, ES256, P-256

    def _write_answer(self, **response):
        key_id = bytes_to_base64url(self.key_id)
        encoded = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": key_id, "rawId": key_id, "type": "public-key", "response": encoded})


def _encode_client_data(kind, challenge, site):
    return json.dumps({"type": kind, "challenge": challenge, "origin": site}).encode()


def read_options(page):
    """Return the options that a page gives to the browser."""
    return json.loads(page.all("button", data_passkey=True)[0]["data-passkey"])
