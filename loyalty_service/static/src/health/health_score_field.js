import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/core/utils/numbers";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { shownScore } from "./score";

// Below this, in points, a score counts as unmoved.
const MOVED = 0.5;

/** The health score with an arrow for its change within a week. */
export class HealthScoreField extends Component {
    static template = "loyalty_service.HealthScoreField";
    static props = { ...standardFieldProps };

    get data() {
        return this.props.record.data;
    }
    get isKnown() {
        return Boolean(this.data.health_confidence);
    }
    get score() {
        return shownScore(this.data[this.props.name]);
    }
    get direction() {
        const delta = this.data.health_delta;
        return Math.abs(delta) < MOVED ? "" : delta > 0 ? "up" : "down";
    }
    get delta() {
        return formatFloat(Math.abs(this.data.health_delta), { digits: [16, 1] });
    }
    get deltaTitle() {
        return this.direction === "up"
            ? _t("%s points better than a week before", this.delta)
            : _t("%s points worse than a week before", this.delta);
    }
}

registry.category("fields").add("loyalty_health_score", {
    component: HealthScoreField,
    displayName: _t("Health Score"),
    supportedTypes: ["float"],
    fieldDependencies: [
        { name: "health_delta", type: "float" },
        { name: "health_confidence", type: "float" },
    ],
});
