"""Every kind of action, in the order in which an opened order offers them."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.actions.address import ADDRESS
from plugin.actions.annotate import NOTE, TAGS
from plugin.actions.cancel import CANCEL
from plugin.actions.discount import DISCOUNT
from plugin.actions.kind import Kind
from plugin.actions.mail import MAIL
from plugin.actions.manual_refund import MANUAL_REFUND
from plugin.actions.refund import REFUND
from plugin.actions.replace import REPLACEMENT

_ALL = (REFUND, MANUAL_REFUND, ADDRESS, DISCOUNT, REPLACEMENT, CANCEL, NOTE, TAGS, MAIL)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
