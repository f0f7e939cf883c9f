import { Chatter } from "@mail/chatter/web_portal/chatter";

import { browser } from "@web/core/browser/browser";
import { patch } from "@web/core/utils/patch";

patch(Chatter.prototype, {
    /**
     * What the client writes moves the ticket: it waits for nobody any more, or is open again. The
     * page that says how it stands is made by the server.
     */
    onPostCallback() {
        super.onPostCallback(...arguments);
        if (document.querySelector(".o_loyalty_ticket")) {
            browser.location.reload();
        }
    },
});
