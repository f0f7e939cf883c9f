import { Component } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { hoursAndMinutes, mostUrgent, standing } from "./countdown";
import { useTicker } from "./ticker";

const { DateTime } = luxon;
const SOURCE = "loyalty_sla_timers";

/** From here on the rest of the promised time is shown as scarce. */
const SCARCE = 0.25;

const DELIVERY = "delivery";

const PAUSES = {
    client: _t("waiting for the client"),
    third_party: _t("waiting for a third party"),
    authority: _t("waiting for an authority"),
    other: _t("on hold"),
};

/**
 * When each answer of the server came in, by the page's own clock: the clock of the computer
 * may be wrong by minutes, the time that has passed on it is not.
 */
const arrivals = new WeakMap();

export class SlaTimerField extends Component {
    static template = "loyalty_service_sla.TimerField";
    static props = { ...standardFieldProps, all: { type: Boolean, optional: true } };

    setup() {
        this.ticker = useTicker();
    }

    get timers() {
        return this.props.record.data[SOURCE] || { clocks: [] };
    }

    /** The moment it is now by the server's clock, in seconds. */
    get now() {
        const timers = this.timers;
        if (!arrivals.has(timers)) {
            arrivals.set(timers, Date.now());
        }
        const passed = Math.max(this.ticker.beat - arrivals.get(timers), 0);
        return timers.now + Math.floor(passed / 1000);
    }

    get badges() {
        const { clocks, now: readAt } = this.timers;
        if (!clocks.length) {
            return [];
        }
        const shown = this.props.all ? clocks : [mostUrgent(clocks)];
        return shown.map((clock) => {
            const state = standing(clock, readAt, this.now);
            const text = this.describe(state, clock);
            return {
                key: clock.target,
                text: this.props.all
                    ? _t("%(target)s: %(state)s", { target: clock.label, state: text })
                    : text,
                title: this.explain(clock),
                ...this.dress(clock, state),
            };
        });
    }

    describe({ state, late, remaining, overrun }, { target }) {
        // A delivery is promised for a date: its hours are those of the day, not of the office.
        const duration = (seconds) =>
            target === DELIVERY ? this.days(seconds) : this.duration(seconds);
        // Right after a deadline at closing time no working time has passed beyond it.
        const over = overrun >= 60 && duration(overrun);
        switch (state) {
            case "paused":
                if (late) {
                    return over ? _t("paused, breached by %s", over) : _t("paused, breached");
                }
                return _t("paused, %s left", duration(remaining));
            case "met":
                return _t("in time");
            case "missed":
                return over ? _t("missed by %s", over) : _t("missed");
            case "stopped":
                return _t("closed unanswered");
        }
        if (late) {
            return over ? _t("breached by %s", over) : _t("breached");
        }
        return _t("%s left", duration(remaining));
    }

    dress(clock, { state, late, remaining }) {
        if (state === "met") {
            return { tone: "met", icon: "fa-check" };
        }
        if (state === "missed") {
            return { tone: "missed", icon: "fa-times" };
        }
        if (state === "stopped") {
            return { tone: "stopped", icon: "fa-ban" };
        }
        if (late) {
            return { tone: "late", icon: state === "paused" ? "fa-pause" : "fa-hourglass-end" };
        }
        if (state === "paused") {
            return { tone: "paused", icon: "fa-pause" };
        }
        return remaining < clock.seconds * SCARCE
            ? { tone: "scarce", icon: "fa-hourglass-half" }
            : { tone: "running", icon: "fa-hourglass-start" };
    }

    explain(clock) {
        const moment = (seconds) => formatDateTime(DateTime.fromSeconds(seconds));
        if (clock.finished) {
            return _t("%(target)s: done %(moment)s", {
                target: clock.label,
                moment: moment(clock.finished),
            });
        }
        if (clock.deadline && clock.target === DELIVERY) {
            return _t("%(target)s: due %(moment)s.", {
                target: clock.label,
                moment: moment(clock.deadline),
            });
        }
        if (clock.state === "paused" && PAUSES[clock.reason]) {
            return _t("%(target)s: %(state)s", {
                target: clock.label,
                state: PAUSES[clock.reason],
            });
        }
        if (clock.deadline) {
            return _t("%(target)s: due %(moment)s. Only working time counts.", {
                target: clock.label,
                moment: moment(clock.deadline),
            });
        }
        return clock.label;
    }

    days(seconds) {
        const days = Math.floor(seconds / 86400);
        if (days < 2) {
            return this.duration(seconds);
        }
        const hours = Math.floor((seconds % 86400) / 3600);
        return hours ? _t("%(days)s d %(hours)s h", { days, hours }) : _t("%s d", days);
    }

    duration(seconds) {
        const [hours, minutes] = hoursAndMinutes(seconds);
        if (!hours) {
            return minutes ? _t("%s min", minutes) : _t("less than 1 min");
        }
        return minutes
            ? _t("%(hours)s h %(minutes)s min", { hours, minutes })
            : _t("%s h", hours);
    }
}

registry.category("fields").add("loyalty_sla_timer", {
    component: SlaTimerField,
    displayName: _t("SLA Timer"),
    supportedTypes: ["datetime"],
    listViewWidth: [200, 240],
    fieldDependencies: [{ name: SOURCE, type: "json", readonly: true }],
    isEmpty: (record) => !record.data[SOURCE]?.clocks.length,
    extractProps: ({ options }) => ({ all: Boolean(options.all) }),
});
