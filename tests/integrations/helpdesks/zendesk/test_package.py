from __future__ import annotations

import json
import struct

from integrations.helpdesks.zendesk.package import package, picture
from plugin.ports.helpdesk import PackageFacts

FACTS = PackageFacts(
    install_id="in_1", url="https://panel.example:8443/panel/in_1/v1",
    origins=("https://shop.zendesk.com",), fields={},
)  # fmt: skip


def test_the_manifest_points_at_the_install_and_asks_for_signatures() -> None:
    manifest = json.loads(package(FACTS)["manifest.json"])

    assert manifest["signedUrls"] is True
    assert manifest["private"] is True
    assert manifest["author"]["url"] == "https://panel.example:8443"
    assert manifest["location"] == {
        "support": {
            name: {"url": FACTS.url, "flexible": True}
            for name in ("ticket_sidebar", "new_ticket_sidebar", "user_sidebar")
        }
    }


def test_every_file_that_an_upload_wants_is_there() -> None:
    files = package(FACTS)

    assert set(files) == {
        "manifest.json", "assets/logo.png", "assets/logo-small.png",
        "translations/en.json", "translations/es.json",
    }  # fmt: skip
    assert json.loads(files["translations/es.json"])["app"]["short_description"]


def test_a_picture_is_a_png_of_its_size() -> None:
    png = picture(128)

    assert png.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert struct.unpack(">II", png[16:24]) == (128, 128)
