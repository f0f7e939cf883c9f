import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useOwnedDialogs } from "@web/core/utils/hooks";
import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What a rule would have given lately, and the events behind it, without saving the rule. */
export class RulePreviewField extends Component {
    static template = "loyalty_service.RulePreviewField";
    static props = { ...standardFieldProps };

    setup() {
        this.addDialog = useOwnedDialogs();
    }

    get preview() {
        return this.props.record.data[this.props.name] || {};
    }

    openEvents() {
        this.addDialog(SelectCreateDialog, {
            title: _t("Events that match"),
            noCreate: true,
            multiSelect: false,
            resModel: "loyalty.service.event",
            domain: this.preview.domain,
            context: {},
        });
    }
}

registry.category("fields").add("loyalty_rule_preview", {
    component: RulePreviewField,
    displayName: _t("Preview of an earning rule"),
    supportedTypes: ["json"],
});
