from odoo import models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def action_notify(self):
        """Write to each user in its language, the subject too.

        Odoo writes the subject in the language of who acts. With us that may be a client, whose
        click in the portal gives somebody something to do.
        """
        result = None
        for lang, activities in self.grouped(lambda one: one.user_id.lang or self.env.lang).items():
            result = super(MailActivity, activities.with_context(lang=lang)).action_notify()
        return result
