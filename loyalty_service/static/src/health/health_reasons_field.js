import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Short sentences, one a line. */
export class HealthReasonsField extends Component {
    static template = "loyalty_service.HealthReasonsField";
    static props = { ...standardFieldProps };

    get reasons() {
        return (this.props.record.data[this.props.name] || "").split("\n").filter(Boolean);
    }
}

registry.category("fields").add("loyalty_health_reasons", {
    component: HealthReasonsField,
    displayName: _t("Health Reasons"),
    supportedTypes: ["text"],
});
