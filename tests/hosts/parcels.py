"""A parcel on its way, with the link that customers ask for."""

from __future__ import annotations

from plugin.domain.orders import Fulfilment, FulfilmentLine, Tracking
from tests.builders import NOON

LINK = "https://track.example/PK4GA7"
PARCEL = Fulfilment(
    ref="f1", state="in_transit", created_at=NOON,
    lines=(FulfilmentLine(line_ref="l1", quantity=1),),
    tracking=(Tracking(company="Correos", number="PK4GA7", url=LINK),),
)  # fmt: skip
