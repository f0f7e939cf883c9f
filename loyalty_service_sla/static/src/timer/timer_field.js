import { Component } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { mostUrgent, standing } from "./countdown";
import { useFormRefresh } from "./form_refresh";
import { arrivalOf, isSameStanding, useLiveTimers } from "./live_timers";
import { useTicker } from "./ticker";
import { DATED, describe, dress } from "./words";

const { DateTime } = luxon;
const SOURCE = "loyalty_sla_timers";

const PAUSES = {
    client: _t("waiting for the client"),
    third_party: _t("waiting for a third party"),
    authority: _t("waiting for an authority"),
    other: _t("on hold"),
};

const NONE = { clocks: [] };

export class SlaTimerField extends Component {
    static template = "loyalty_service_sla.TimerField";
    static props = { ...standardFieldProps, all: { type: Boolean, optional: true } };

    setup() {
        this.ticker = useTicker();
        const refresh = useFormRefresh(() => this.props.record, this.ticker);
        this.getLive = useLiveTimers(
            () => this.read.ticket,
            (told) => isSameStanding(told, this.timers) || refresh()
        );
    }

    /** As they were read with the record. */
    get read() {
        return this.props.record.data[SOURCE] || NONE;
    }

    /** As they were read, or as they were told since. */
    get timers() {
        const told = this.getLive();
        return told && arrivalOf(told) > arrivalOf(this.read) ? told : this.read;
    }

    /** The moment it is now by the server's clock, in seconds. */
    get now() {
        const passed = Math.max(this.ticker.beat - arrivalOf(this.timers), 0);
        return this.timers.now + Math.floor(passed / 1000);
    }

    get badges() {
        const { clocks, now: readAt } = this.timers;
        if (!clocks.length) {
            return [];
        }
        const shown = this.props.all ? clocks : [mostUrgent(clocks)];
        return shown.map((clock) => {
            const state = standing(clock, readAt, this.now);
            const text = describe(state, clock);
            return {
                key: clock.target,
                text: this.props.all
                    ? _t("%(target)s: %(state)s", { target: clock.label, state: text })
                    : text,
                title: this.explain(clock),
                ...dress(clock, state),
            };
        });
    }

    explain(clock) {
        const moment = (seconds) => formatDateTime(DateTime.fromSeconds(seconds));
        if (clock.finished) {
            return _t("%(target)s: done %(moment)s", {
                target: clock.label,
                moment: moment(clock.finished),
            });
        }
        if (clock.deadline && DATED.includes(clock.target)) {
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
