import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { setElementContent } from "@web/core/utils/html";
import { markup } from "@odoo/owl";
import { Interaction } from "@web/public/interaction";

/** How long a client has to stop typing, in milliseconds, before we look. */
const PAUSE = 350;

/** Offers answers under the subject of a new ticket while it and the description are typed. */
export class LoyaltySimilar extends Interaction {
    static selector = "form.o_loyalty_filing";
    dynamicContent = {
        "input[name='subject'], textarea[name='description']": {
            "t-on-input": this.debounced(this.look, PAUSE),
        },
    };

    setup() {
        this.list = this.el.querySelector(".o_loyalty_similar_list");
        this.typed = "\n";
    }

    start() {
        this.addListener(this.list, "click", (ev) => this.onClick(ev));
        // A subject that came with the link.
        this.look();
    }

    async look() {
        const question = this.el.elements.subject.value;
        const description = this.el.elements.description.value;
        const typed = `${question}\n${description}`;
        if (typed === this.typed) {
            return;
        }
        this.typed = typed;
        let html = "";
        if (typed.trim().length > 1) {
            try {
                ({ html } = await this.waitFor(rpc("/my/answers/similar", { question, description }, { silent: true })));
            } catch {
                // Without answers the form is as good as ever.
                html = "";
            }
        }
        // Somebody who reads an answer keeps it while the words around it change.
        if (typed === this.typed && !this.list.querySelector("details[open]")) {
            setElementContent(this.list, markup(html));
        }
    }

    async onClick(ev) {
        const button = ev.target.closest("button[data-helped]");
        if (!button) {
            return;
        }
        const vote = button.closest(".o_loyalty_vote");
        const { helped } = button.dataset;
        const body = new FormData();
        body.set("csrf_token", this.el.elements.csrf_token.value);
        body.set("helped", helped);
        body.set("at_filing", "1");
        body.set("quiet", "1");
        vote.classList.add("d-none");
        const thanks = helped === "1" ? ".o_loyalty_helped" : ".o_loyalty_not_helped";
        vote.parentElement.querySelector(thanks).classList.remove("d-none");
        const url = `/my/answers/${encodeURIComponent(vote.dataset.answer)}/vote`;
        await this.waitFor(fetch(url, { method: "POST", body }));
    }
}

registry.category("public.interactions").add("loyalty_service_sla.similar", LoyaltySimilar);
