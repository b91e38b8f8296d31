"""The eight conversations of the pretend inbox."""

from __future__ import annotations

from .shapes import Ticket

TICKETS = (
    Ticket(
        number=1, writer="Carmen Ferrándiz López", email="carmen.ferrandiz@example.com", phone="",
        channel="email", language="es", subject="Falta un paquete",
        paragraphs=("Recibí las tazas, pero no el mantel.", "¿Me pasan el seguimiento?"),
    ),
    Ticket(
        number=2, writer="José Ángel Hernández", email="", phone="+52 1 55 5555 0134",
        channel="whatsapp", language="es", subject="Talla equivocada",
        paragraphs=("Pedí M y llegó CH.", "¿Me cambian solo la playera?"),
    ),
    Ticket(
        number=3, writer="Lucía Prats", email="no-reply@casaoliva.example", phone="",
        channel="form", language="es", subject="Cambiar dirección",
        paragraphs=(
            "Soy lucia.prats@example.com, sin cuenta.",
            "Me mudé: C/ Triana 12, 35002 Las Palmas.",
        ),
    ),
    Ticket(
        number=4, writer="Martín Quiroga", email="", phone="+54 9 11 5555 0142",
        channel="whatsapp", language="es", subject="Me falta plata",
        paragraphs=(
            "Me devolvieron una parte, falta el resto.", "Pagué con gift card y tarjeta.",
        ),
    ),
    Ticket(
        number=5, writer="Amparo Gil", email="amparo.gil@example.com", phone="",
        channel="email", language="es", subject="Llegó roto",
        paragraphs=(
            "Le pagué al repartidor 48,90 €.", "La lámpara está partida, quiero mi dinero.",
        ),
    ),
    Ticket(
        number=6, writer="Priya Shah", email="priya.shah@northwind-office.example", phone="",
        channel="email", language="en", subject="Order #1042 by mistake",
        paragraphs=(
            "I ordered with my personal e-mail.", "Please cancel before it ships.",
        ),
    ),
    Ticket(
        number=7, writer="Tom Becker", email="tom.becker@example.com", phone="",
        channel="chat", language="en", subject="Linen shirt in M?",
        paragraphs=(
            "The site says sold out in white, size M.",
            "Do you have one in the Valencia shop?",
        ),
    ),
    Ticket(
        number=8, writer="Renata ✨ Souza", email="renata.souza@example.com", phone="",
        channel="email", language="es", subject='Cancelar "urgente" <b>hoy</b>',
        paragraphs=("Compré dos veces sin querer.", "Cancelen uno, por favor."),
    ),
)  # fmt: skip
