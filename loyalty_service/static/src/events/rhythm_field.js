import { Component } from "@odoo/owl";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatDate } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const STATE_CLASS = { usual: "success", longer: "warning", quiet: "danger", unknown: "secondary" };
// From this many contacts a week on, the colour is full.
const FULL = 3;

/** A year of contacts, a column a week and a row a channel, and what the silence says. */
export class RhythmField extends Component {
    static template = "loyalty_service.RhythmField";
    static props = { ...standardFieldProps };

    get picture() {
        return this.props.record.data[this.props.name] || null;
    }
    get stateClass() {
        return STATE_CLASS[this.picture.state];
    }
    get icon() {
        return { usual: "fa-check-circle", unknown: "fa-question-circle" }[this.picture.state] ||
            "fa-bell-slash-o";
    }
    /** The weeks in which a month begins, with the name of the month. */
    get months() {
        return this.picture.weeks.map((week, index) => {
            const date = deserializeDate(week);
            const before = index ? deserializeDate(this.picture.weeks[index - 1]) : null;
            // The first month of the picture would run into the second.
            return before && date.month !== before.month ? date.toFormat("LLL") : "";
        });
    }
    /** The tables under the picture: the whole first, then channels, then kinds. */
    get tables() {
        const parts = this.picture.parts || [];
        return [
            { name: "all", title: _t("All together") },
            { name: "channel", title: _t("By channel") },
            { name: "kind", title: _t("By kind") },
        ]
            .map((table) => ({ ...table, rows: parts.filter((part) => part.group === table.name) }))
            .filter((table) => table.rows.length);
    }
    colour(state) {
        return STATE_CLASS[state];
    }
    level(count) {
        return Math.min(count, FULL);
    }
    title(channel, index) {
        return _t("%(channel)s, week of %(date)s: %(count)s", {
            channel: channel.label,
            date: formatDate(deserializeDate(this.picture.weeks[index])),
            count: channel.counts[index],
        });
    }
}

registry.category("fields").add("loyalty_rhythm", {
    component: RhythmField,
    displayName: _t("Contacts of a Year"),
    supportedTypes: ["json"],
});

/** The icon of a type of events. */
export class IconField extends Component {
    static template = "loyalty_service.IconField";
    static props = { ...standardFieldProps };

    get icon() {
        return this.props.record.data[this.props.name] || "fa-circle-o";
    }
}

registry.category("fields").add("loyalty_icon", {
    component: IconField,
    displayName: _t("Icon"),
    supportedTypes: ["char"],
});
