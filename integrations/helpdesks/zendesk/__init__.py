"""Zendesk Support: a private app with signed first loads (contract A) and the vendor's SDK; see
README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import Claimed, HelpdeskPlatform, InstallField, Step

from .launch import verify
from .package import package

FIELDS = (
    InstallField(
        name="public_key",
        label={"es": "Clave pública de la app", "en": "Public key of the app"},
        help={
            "es": "Existe cuando el paquete está subido; se puede pegar entonces. Con las líneas "
            "BEGIN PUBLIC KEY y END PUBLIC KEY.",
            "en": "It exists once the package is uploaded, and can be pasted then. With the lines "
            "BEGIN PUBLIC KEY and END PUBLIC KEY.",
        },
        required=False,
    ),
    InstallField(
        name="installation",
        label={"es": "Número de la instalación", "en": "Number of the installation"},
        help={
            "es": "Solo si la app está instalada más de una vez en la misma cuenta.",
            "en": "Only if the app is installed more than once in the same account.",
        },
        required=False,
    ),
)

STEPS = (
    Step(
        text={
            "es": "Comprobar que la dirección del helpdesk es la de la cuenta, por ejemplo "
            "https://tienda.zendesk.com, y descargar el paquete de abajo.",
            "en": "Check that the helpdesk's address is the account's, for example "
            "https://shop.zendesk.com, and download the package below.",
        }
    ),
    Step(
        text={
            "es": "En Zendesk, Admin Center → Apps and integrations → Zendesk Support apps → "
            "Upload private app: subir el paquete e instalar la app.",
            "en": "In Zendesk, Admin Center → Apps and integrations → Zendesk Support apps → "
            "Upload private app: upload the package and install the app.",
        }
    ),
    Step(
        text={
            "es": "Con la misma sesión, abrir https://CUENTA.zendesk.com/api/v2/apps/APP/"
            "public_key.pem (APP es el número de la app) y pegar abajo lo que muestra.",
            "en": "In the same session, open https://ACCOUNT.zendesk.com/api/v2/apps/APP/"
            "public_key.pem (APP is the app's number) and paste below what it shows.",
        }
    ),
    Step(
        text={
            "es": "Abrir un ticket y el panel de apps. Aquí arriba aparece que llegó.",
            "en": "Open a ticket and the apps panel. Above it says that it arrived.",
        }
    ),
)

PLATFORM = HelpdeskPlatform(
    key="zendesk",
    label="Zendesk",
    verify=verify,
    claimed=Claimed(),
    bridge=True,
    abilities=frozenset({"insert", "note", "resize"}),
    fields=FIELDS,
    steps=STEPS,
    package=package,
    package_name="mostrador-zendesk.zip",
)
