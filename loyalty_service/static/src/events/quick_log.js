import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { serializeDate, today } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { user } from "@web/core/user";
import { useAutofocus, useService } from "@web/core/utils/hooks";

const MODEL = "loyalty.service.event";
// The type used last on this device comes first to hand.
const LAST_TYPE = "loyalty_service.log_type";
const FEW_TYPES = 6;
const UNDO_DELAY = 10000; // milliseconds in which an Undo is offered

/**
 * One line about a call, a chat or a visit: what it was, what was said, Enter.
 *
 * Day, duration and follow-up stand below and need no look.
 */
export class QuickLog extends Component {
    static template = "loyalty_service.QuickLog";
    static components = { RecordSelector };
    static props = {
        partnerIds: { type: Array, element: Number },
        code: { type: [String, Boolean], optional: true },
        autofocus: { type: Boolean, optional: true },
        onClients: { type: Function, optional: true },
        onLogged: Function,
    };
    static defaultProps = { autofocus: false };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.action = useService("action");
        this.summary = useRef("autofocus");
        if (this.props.autofocus) {
            useAutofocus({ mobile: true });
        }
        this.state = useState({
            types: [],
            typeId: 0,
            all: false,
            partnerId: false,
            when: "now",
            day: "",
            busy: false,
            hours: "",
        });
        this.line = useState(this.empty);
        onWillStart(() => this.load());
    }

    get empty() {
        return { summary: "", duration: "", follow: "", followDay: "", token: this.newToken() };
    }
    /** Not a UUID: browsers make those on encrypted pages only. */
    newToken() {
        const random = Math.random().toString(36).slice(2);
        return `${user.userId}-${Date.now().toString(36)}-${random}`;
    }

    async load() {
        const choices = await this.orm.call(MODEL, "get_log_choices", [this.props.partnerIds]);
        this.state.types = choices.types;
        this.today = choices.today;
        this.state.hours = choices.hours;
        const wanted = this.props.code || browser.localStorage.getItem(LAST_TYPE);
        const type = choices.types.find((one) => one.code === wanted) || choices.types[0];
        this.state.typeId = type ? type.id : 0;
        this.props.onClients?.(choices.clients);
    }

    /** The most frequent types, and whatever is chosen. */
    get shownTypes() {
        return this.state.types.filter(
            (type, index) =>
                this.state.all || index < FEW_TYPES || type.id === this.state.typeId
        );
    }
    /** What is left of the free hours, where the chosen type uses them up. */
    get hoursText() {
        const type = this.state.types.find((one) => one.id === this.state.typeId);
        return type?.uses_free_hours ? this.state.hours : "";
    }
    get hasMoreTypes() {
        return !this.state.all && this.state.types.length > FEW_TYPES;
    }
    get needsClient() {
        return !this.props.partnerIds.length;
    }
    get followUps() {
        return [
            ["", _t("No follow-up")],
            ["1", _t("Tomorrow")],
            ["7", _t("In a week")],
            ["30", _t("In a month")],
            ["day", _t("On a day")],
        ];
    }

    choose(type) {
        this.state.typeId = type.id;
        if (!this.props.code) {
            browser.localStorage.setItem(LAST_TYPE, type.code);
        }
        this.summary.el?.focus();
    }
    setWhen(when) {
        this.state.when = when;
        if (when !== "day") {
            this.summary.el?.focus();
        }
    }

    get day() {
        if (this.state.when === "yesterday") {
            return luxon.DateTime.fromISO(this.today).minus({ days: 1 }).toISODate();
        }
        return this.state.when === "day" ? this.state.day || null : null;
    }
    get followUp() {
        if (this.line.follow === "day") {
            return this.line.followDay || null;
        }
        return this.line.follow
            ? serializeDate(today().plus({ days: Number(this.line.follow) }))
            : null;
    }

    async save() {
        const partnerIds = this.needsClient
            ? [this.state.partnerId].filter(Boolean)
            : this.props.partnerIds;
        if (!partnerIds.length) {
            this.notification.add(_t("Choose a client."), { type: "warning" });
            return;
        }
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            const logged = await this.orm.call(MODEL, "log_contact", [partnerIds], {
                type_id: this.state.typeId,
                summary: this.line.summary,
                token: this.line.token,
                day: this.day,
                duration: Number(this.line.duration) || 0,
                follow_up: this.followUp,
            });
            Object.assign(this.line, this.empty);
            this.state.when = "now";
            this.offerUndo(logged);
            await this.props.onLogged(logged);
        } finally {
            this.state.busy = false;
        }
    }

    /** Say what was saved. The line may be gone when Undo is clicked. */
    offerUndo(logged) {
        const { notification, orm, action } = this.env.services;
        const close = notification.add(logged.message, {
            type: "success",
            autocloseDelay: UNDO_DELAY,
            buttons: [
                {
                    name: _t("Undo"),
                    icon: "fa-undo",
                    onClick: async () => {
                        close();
                        const told = await orm.call(MODEL, "undo_contact", [
                            logged.event_ids,
                            logged.activity_ids,
                        ]);
                        notification.add(told, { type: "info" });
                        action.doAction("soft_reload");
                    },
                },
            ],
        });
    }
}
