"""The orders that the tickets speak of, and the ones the awkward cases need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from .orders import OrderPlan, ParcelPlan, RefundPlan
from .shapes import CASA_OLIVA, TIENDA_AZUL, Person

ARRIVED = (ParcelPlan(state="delivered"),)
UNDER_WAY = (ParcelPlan(state="in_transit", takes=Decimal(5)),)
# These people appear in the stories alone, so that what is said of them stays true.
CAST = ("carmen", "jose-angel", "lucia", "martin", "amparo", "priya", "renata", "nueva")

People = Mapping[str, Person]
When = Callable[[int], datetime]


def plans(people: People, when: When) -> list[OrderPlan]:
    """All stories. `when` gives the moment at which the order of a number was placed."""
    return [
        *_carmen(people["carmen"], when),
        *_jose_angel(people["jose-angel"], when),
        _lucia(people["lucia"], when),
        _martin(people["martin"], when),
        _amparo(people["amparo"], when),
        _priya(people["priya"], when),
        *_renata(people["renata"], when),
        *_awkward(people, when),
    ]


def _carmen(person: Person, when: When) -> list[OrderPlan]:
    """Fourteen orders in both shops; the newest left in two parcels, one still on its way."""
    old_blue = ((1004, "COJIN-BORDADO-AZUL"), (1013, "VELA-AZAHAR"),
                (1024, "PANUELO-SEDA"), (1031, "JARRA-AZUL"))  # fmt: skip
    old_olive = (
        (2012, "ACEITE-TEMPRANO-2-L"), (2040, "BOTIJO"), (2066, "AZULEJO-LIMONES"),
        (2091, "TABLA-OLIVO-GRANDE"), (2115, "CAZUELA-28-CM"), (2143, "MORTERO"),
        (2170, "FAROLILLO"), (2188, "ACEITE-TEMPRANO-2-L"), (2205, "ENSALADERA"),
    )  # fmt: skip
    return [
        *(
            OrderPlan(number=number, shop=shop, person=person, items=((sku, 1),),
                      placed_at=when(number), parcels=ARRIVED)
            for shop, orders in ((TIENDA_AZUL, old_blue), (CASA_OLIVA, old_olive))
            for number, sku in orders
        ),
        OrderPlan(
            number=1038, shop=TIENDA_AZUL, person=person, placed_at=when(1038),
            items=(("TAZA-DE-BARRO-AZUL", 4), ("MANTEL-DE-ALGODON-140-X-250", 1)),
            code="VERANO10", percentage=10, tags=("dos-paquetes",),
            note="Si no estoy, dejar en portería.",
            parcels=(
                ParcelPlan(state="delivered", items=(0,), takes=Decimal(2)),
                ParcelPlan(state="in_transit", items=(1,), after=Decimal(4), takes=Decimal(6)),
            ),
        ),
    ]  # fmt: skip


def _jose_angel(person: Person, when: When) -> list[OrderPlan]:
    return [
        OrderPlan(
            number=1036, shop=TIENDA_AZUL, person=person, currency="MXN", phone="55 5555 0134",
            items=(("PLAYERA-AGAVE-M-HUESO", 1), ("SOMBRERO-PALMA-G", 1)),
            placed_at=when(1036), parcels=ARRIVED, note="Llegó talla CH en lugar de M.",
        ),
        OrderPlan(
            number=1019, shop=TIENDA_AZUL, person=person, currency="MXN", phone="55 5555 0134",
            items=(("COMAL", 1),), placed_at=when(1019), parcels=ARRIVED,
        ),
    ]  # fmt: skip


def _lucia(person: Person, when: When) -> OrderPlan:
    return OrderPlan(
        number=2231, shop=CASA_OLIVA, person=person, placed_at=when(2231),
        items=(("CESTA-MIMBRE-GRANDE", 1), ("JABONERA", 2)),
    )  # fmt: skip


def _martin(person: Person, when: When) -> OrderPlan:
    return OrderPlan(
        number=1033, shop=TIENDA_AZUL, person=person, placed_at=when(1033),
        items=(("PONCHO-DE-ALPACA-GRIS", 1), ("HUARACHES-42", 1)),
        payments=(("gift_card", Decimal("60.00")), ("card", None)), parcels=ARRIVED,
        refunds=(
            RefundPlan(amount=Decimal("45.00"), payment=1, reason="Devolución parcial"),
        ),
        tags=("mayorista",),
    )  # fmt: skip


def _amparo(person: Person, when: When) -> OrderPlan:
    return OrderPlan(
        number=2219, shop=CASA_OLIVA, person=person, items=(("LAMPARA-OLIVO", 1),),
        placed_at=when(2219), payments=(("cod", None),), parcels=ARRIVED,
    )  # fmt: skip


def _priya(person: Person, when: When) -> OrderPlan:
    return OrderPlan(
        number=1042, shop=TIENDA_AZUL, person=person, placed_at=when(1042),
        items=(("MANTA-CUADROS", 1), ("SERVILLETAS-CRUDO", 2)),
    )  # fmt: skip


def _renata(person: Person, when: When) -> list[OrderPlan]:
    """The same basket twice within two minutes, and an older order."""
    first = OrderPlan(
        number=2236, shop=CASA_OLIVA, person=person, placed_at=when(2236),
        items=(("JUEGO-CAFE", 1), ("MERMELADA", 3)), note="Es un regalo 🎁",
    )  # fmt: skip
    again = first.placed_at + timedelta(minutes=2)
    older = OrderPlan(
        number=2160, shop=CASA_OLIVA, person=person, placed_at=when(2160),
        items=(("AZULEJO-BARCO", 2),), parcels=ARRIVED,
    )  # fmt: skip
    return [older, first, replace(first, number=2237, placed_at=again)]


def _awkward(people: People, when: When) -> list[OrderPlan]:
    hostile = 'Dejar <b>fuera</b> <script>alert("nota")</script> {{ 7 * 7 }} \u202egirar'
    return [
        OrderPlan(
            number=1020, shop=TIENDA_AZUL, person=people["script"], placed_at=when(1020),
            items=(("CUADERNO-LISO", 3),), note=hostile, tags=('"><svg onload=alert(1)>',),
            parcels=ARRIVED,
        ),
        OrderPlan(
            number=2228, shop=CASA_OLIVA, person=people["script"], placed_at=when(2228),
            items=(("JABONERA", 1),), note=hostile,
        ),
        OrderPlan(
            number=1047, shop=TIENDA_AZUL, person=people["rodrigo"], placed_at=when(1047),
            currency="CLP", items=(("ALPARGATAS-41", 1), ("TOALLA-PLAYA-CORAL", 2)),
            code="VERANO10", percentage=10,
        ),
        OrderPlan(
            number=1049, shop=TIENDA_AZUL, person=people["sin-telefono"], placed_at=when(1049),
            items=(("VASOS-SOPLADOS", 1),), payments=(("bank_transfer", None),), paid=False,
        ),
        OrderPlan(
            number=1028, shop=TIENDA_AZUL, person=people["begona"], placed_at=when(1028),
            items=(("ALBORNOZ-M", 1),), cancelled_after=Decimal("0.3"),
            refunds=(RefundPlan(units=((0, 1),), after=Decimal("0.3"), reason="Cancelado"),),
        ),
        OrderPlan(
            number=2222, shop=CASA_OLIVA, person=people["pilar"], placed_at=when(2222),
            items=(("SILLA-ENEA", 2),), payments=(("bank_transfer", None),), paid=False,
        ),
        OrderPlan(
            number=2200, shop=CASA_OLIVA, person=people["manuel"], placed_at=when(2200),
            items=(("ESPEJO-REDONDO", 1),), cancelled_after=Decimal(1), paid=False,
        ),
        OrderPlan(
            number=2211, shop=CASA_OLIVA, person=people["jordi"], placed_at=when(2211),
            items=(("CORTINA-LINO", 2), ("CUCHARA-OLIVO", 3)), parcels=ARRIVED,
            code="OLIVA15", percentage=15,
            refunds=(RefundPlan(units=((1, 1),), reason="Llegó astillada", restocked=False),),
        ),
    ]  # fmt: skip
