import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The tier of a client as a badge in the tier's colour. */
export class TierBadgeField extends Component {
    static template = "loyalty_service.TierBadgeField";
    static props = { ...standardFieldProps, colorField: { type: String, optional: true } };

    get name() {
        return this.props.record.data[this.props.name]?.display_name || "";
    }
    get color() {
        return this.props.record.data[this.props.colorField] || 0;
    }
}

registry.category("fields").add("loyalty_tier_badge", {
    component: TierBadgeField,
    displayName: _t("Tier"),
    supportedTypes: ["many2one"],
    supportedOptions: [
        { label: _t("Colour field"), name: "color_field", type: "field", availableTypes: ["integer"] },
    ],
    extractProps: ({ options }) => ({ colorField: options.color_field }),
});
