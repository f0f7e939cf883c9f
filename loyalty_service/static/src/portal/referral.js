import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Copies a field of the page, and says so on the button. */
export class LoyaltyCopy extends Interaction {
    static selector = ".o_loyalty_copy";
    dynamicContent = {
        _root: { "t-on-click": this.onClick },
    };

    async onClick() {
        const field = document.querySelector(this.el.dataset.copy);
        // Selected as well: where copying is not allowed, as in some browsers inside of apps,
        // a long press does it.
        field.select();
        let isCopied = false;
        try {
            await this.waitFor(browser.navigator.clipboard.writeText(field.value));
            isCopied = true;
        } catch {
            isCopied = document.execCommand("copy");
        }
        if (isCopied) {
            this.say(_t("Copied"));
        }
    }

    say(text) {
        const label = this.el.querySelector("span");
        const before = label.textContent;
        label.textContent = text;
        this.waitForTimeout(() => (label.textContent = before), 2000);
    }
}

export class LoyaltyPrint extends Interaction {
    static selector = ".o_loyalty_print";
    dynamicContent = {
        _root: { "t-on-click": () => browser.print() },
    };
}

registry.category("public.interactions").add("loyalty_service.copy", LoyaltyCopy);
registry.category("public.interactions").add("loyalty_service.print", LoyaltyPrint);
