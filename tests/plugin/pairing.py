"""A browser that pairs: its key, its signatures, and the person who confirms."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from plugin.actions import browser_keys, pairing
from plugin.actions.launch import Opened
from plugin.actions.pairing import Person
from tests.plugin.conftest import Desk

ANA = Person(id="ac_ana", name="Ana", email="ana@shop.example", role="agent")
DIEGO = Person(id="ac_diego", name="Diego", email="diego@shop.example", role="agent")


@dataclass
class Browser:
    """One frame in one browser profile."""

    desk: Desk
    install_id: str = ""
    id: str = ""
    code: str = ""
    visitor: str = "192.0.2.7"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def __post_init__(self) -> None:
        self.install_id = self.install_id or self.desk.install_id

    def jwk(self) -> dict[str, str]:
        point = self.key.public_key().public_numbers()
        x, y = (_base64(number.to_bytes(32)) for number in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def begin(self, email: str = "") -> Browser:
        made = pairing.begin(
            self.desk.services, self.install_id, self.jwk(), claimed_email=email,
            browser="Firefox, Windows", visitor=self.visitor,
        )  # fmt: skip
        self.id, self.code = made.id, made.code
        return self

    def paired(self, person: Person = ANA) -> Browser:
        self.begin()
        pairing.confirm(self.desk.services, self.desk.scope, self.id, self.code, person)
        return self

    def sign(self, challenge: str, pairing_id: str = "") -> str:
        said = f"mostrador-pairing-v1\n{pairing_id or self.id}\n{challenge}".encode()
        r, s = decode_dss_signature(self.key.sign(said, ec.ECDSA(hashes.SHA256())))
        return _base64(r.to_bytes(32) + s.to_bytes(32))

    def challenge(self) -> str:
        return browser_keys.challenge(self.desk.services, self.install_id)

    def redeem(self, challenge: str = "", *, pairing_id: str = "", token: str = "") -> Opened:
        """A token; fails the test while nobody has confirmed."""
        said = challenge or self.challenge()
        opened = pairing.redeem(
            self.desk.services, self.install_id, pairing_id or self.id, challenge=said,
            signature=self.sign(said, pairing_id), token=token,
        )  # fmt: skip
        assert opened is not None
        return opened


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
