from odoo import models

from .helpdesk_ticket_live import LIVE


class IrWebsocket(models.AbstractModel):
    """Who is told that clocks have moved."""

    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Let those who may read tickets hear of those of their companies, and nobody else."""
        asked = LIVE in channels
        channels = [channel for channel in channels if channel != LIVE]
        user = self.env.user
        if asked and user._is_internal() and self.env["helpdesk.ticket"].has_access("read"):
            channels.extend((company, LIVE) for company in user.company_ids)
        return super()._build_bus_channel_list(channels)
