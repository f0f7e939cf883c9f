import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const MODEL = "loyalty.service.event";
const FILTERS = ["kinds", "channels", "users"];

/** What happened with a client, day by day, the latest first; a page at a time. */
export class Timeline extends Component {
    static template = "loyalty_service.Timeline";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.state = useState({
            events: [],
            after: null,
            choices: { kinds: [], channels: [], users: [] },
            chosen: { kinds: "", channels: "", users: "" },
            undone: false,
            open: {},
        });
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps((next) => this.load(next.record.resId));
        useBus(this.env.bus, "LOYALTY_LOGGED", () => this.load(this.partnerId));
    }

    get filters() {
        const filters = { undone: this.state.undone };
        for (const name of FILTERS) {
            const value = this.state.chosen[name];
            filters[name] = value ? [name === "users" ? Number(value) : value] : [];
        }
        return filters;
    }
    get isFiltered() {
        return this.state.undone || FILTERS.some((name) => this.state.chosen[name]);
    }
    get selects() {
        return [
            ["kinds", _t("All kinds")],
            ["channels", _t("All channels")],
            ["users", _t("All staff")],
        ].filter(([name]) => this.state.choices[name].length > 1 || this.state.chosen[name]);
    }
    /** The events shown, in days. */
    get days() {
        const days = [];
        for (const event of this.state.events) {
            if (!days.length || days[days.length - 1].label !== event.day) {
                days.push({ label: event.day, events: [] });
            }
            days[days.length - 1].events.push(event);
        }
        return days;
    }

    async load(partnerId) {
        this.partnerId = partnerId;
        if (!partnerId) {
            return;
        }
        const page = await this.orm.call(MODEL, "get_timeline", [partnerId, this.filters]);
        // Whoever looks at another client by now does not want this page.
        if (partnerId === this.partnerId) {
            Object.assign(this.state, page);
        }
    }
    async loadMore() {
        const page = await this.orm.call(MODEL, "get_timeline", [
            this.partnerId,
            this.filters,
            this.state.after,
        ]);
        this.state.events.push(...page.events);
        this.state.after = page.after;
    }
    choose(name, value) {
        this.state.chosen[name] = value;
        return this.load(this.partnerId);
    }
    isChosen(name, choice) {
        return String(choice.value) === this.state.chosen[name];
    }
    toggleUndone() {
        this.state.undone = !this.state.undone;
        return this.load(this.partnerId);
    }
    details(event) {
        return [
            event.channel,
            event.contact,
            event.amount,
            event.minutes && _t("%s min.", event.minutes),
        ].filter(Boolean);
    }
    async openSource(event) {
        const source = await this.orm.call(MODEL, "action_open_source", [[event.id]]);
        if (source) {
            this.action.doAction(source);
        }
    }
    async undo(event) {
        await this.orm.call(MODEL, "action_undo", [[event.id]]);
        await this.props.record.load();
        await this.load(this.partnerId);
    }
}
registry.category("view_widgets").add("loyalty_timeline", { component: Timeline });
