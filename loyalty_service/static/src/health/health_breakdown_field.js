import { Component } from "@odoo/owl";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/core/utils/numbers";
import { shownScore } from "./score";
import { formatDate } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const STATE_CLASS = { healthy: "success", watch: "warning", risk: "danger", unknown: "secondary" };
const SPARK_WIDTH = 240;
const SPARK_HEIGHT = 48;

/**
 * The health of a client as a picture: score, what contributes to it, what is not known, how it
 * moved. The value is the dict of `_prepare_health_breakdown`.
 */
export class HealthBreakdownField extends Component {
    static template = "loyalty_service.HealthBreakdownField";
    static props = { ...standardFieldProps };

    get health() {
        return this.props.record.data[this.props.name] || null;
    }
    get score() {
        return shownScore(this.health.score);
    }
    get scoredOn() {
        return this.health.date ? _t("as of %s", this.day(this.health.date)) : "";
    }
    get deltaText() {
        const { delta, before } = this.health;
        if (delta === null) {
            return "";
        }
        return delta
            ? _t("%(points)s since %(date)s", {
                  points: this.signed(delta),
                  date: this.day(before),
              })
            : _t("unchanged since %s", this.day(before));
    }
    get deltaClass() {
        return this.changeClass(this.health.delta);
    }
    get widestShare() {
        return Math.max(...this.health.lines.map((line) => line.share));
    }
    get segments() {
        return this.health.lines.filter((line) => line.contribution > 0);
    }
    get spark() {
        const history = this.health.history;
        if (history.length < 2) {
            return null;
        }
        const days = history.map((point) => deserializeDate(point.date).toMillis());
        const [first, last] = [days[0], days[days.length - 1]];
        const place = (index) => {
            const x = ((days[index] - first) / (last - first)) * (SPARK_WIDTH - 6) + 3;
            const y = SPARK_HEIGHT - 3 - (history[index].score / 100) * (SPARK_HEIGHT - 6);
            return [x.toFixed(1), y.toFixed(1)];
        };
        const end = place(history.length - 1);
        return {
            width: SPARK_WIDTH,
            height: SPARK_HEIGHT,
            points: history.map((_point, index) => place(index).join(",")).join(" "),
            end: { x: end[0], y: end[1] },
            title: _t("Score from %(first)s to %(last)s", {
                first: this.day(history[0].date),
                last: this.day(history[history.length - 1].date),
            }),
        };
    }

    day(date) {
        return formatDate(deserializeDate(date));
    }
    points(value) {
        return formatFloat(value, { digits: [16, 1] });
    }
    signed(value) {
        return (value > 0 ? "+" : "−") + this.points(Math.abs(value));
    }
    stateClass(state) {
        return STATE_CLASS[state];
    }
    changeClass(value) {
        return value > 0 ? "text-success" : value < 0 ? "text-danger" : "text-muted";
    }
    ofMost(line) {
        return _t("%(points)s of %(most)s", {
            points: this.points(line.contribution),
            most: this.points(line.share * 100),
        });
    }
}

registry.category("fields").add("loyalty_health_breakdown", {
    component: HealthBreakdownField,
    displayName: _t("Health Breakdown"),
    supportedTypes: ["json"],
});
