import { useSubEnv } from "@odoo/owl";
import { getDomainDisplayedOperators } from "@web/core/domain_selector/domain_selector_operator_editor";
import { DomainSelector } from "@web/core/domain_selector/domain_selector";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { condition } from "@web/core/tree_editor/condition_tree";
import { domainFromTree } from "@web/core/tree_editor/domain_from_tree";
import { getDefaultValue } from "@web/core/tree_editor/tree_editor_value_editors";
import { useService } from "@web/core/utils/hooks";
import { DomainField, domainField } from "@web/views/fields/domain/domain_field";

function firstCondition(fieldDefs, allowed) {
    const name = allowed.find((path) => path in fieldDefs) || "id";
    const operator = getDomainDisplayedOperators(fieldDefs[name])[0];
    return condition(name, operator, getDefaultValue(fieldDefs[name], operator));
}

/** Offers the fields by which a rule may filter, and no others. */
export class RuleDomainSelector extends DomainSelector {
    getDefaultCondition(fieldDefs) {
        return firstCondition(fieldDefs, this.env.loyaltyFilterFields());
    }

    getPathEditorInfo(resModel, defaultCondition) {
        const info = super.getPathEditorInfo(resModel, defaultCondition);
        const allowed = this.env.loyaltyFilterFields();
        const isOffered = (fieldDef, path) => {
            const full = path ? `${path}.${fieldDef.name}` : fieldDef.name;
            return allowed.includes(full);
        };
        return {
            ...info,
            extractProps: (params) => ({
                ...info.extractProps(params),
                filter: isOffered,
                isDebugMode: false,
            }),
        };
    }
}

export class RuleDomainField extends DomainField {
    static components = { ...DomainField.components, DomainSelector: RuleDomainSelector };
    static props = { ...DomainField.props, fieldsField: { type: String } };

    setup() {
        super.setup();
        this.fieldService = useService("field");
        useSubEnv({
            loyaltyFilterFields: () => this.props.record.data[this.props.fieldsField] || [],
            // Code in a filter is not for the people who edit rules.
            debug: "",
        });
    }

    async addCondition() {
        const fieldDefs = await this.fieldService.loadFields(this.getResModel());
        const allowed = this.env.loyaltyFilterFields();
        this.update(domainFromTree(firstCondition(fieldDefs, allowed)));
        this.state.folded = false;
    }
}

registry.category("fields").add("loyalty_rule_domain", {
    ...domainField,
    component: RuleDomainField,
    displayName: _t("Filter of an earning rule"),
    supportedOptions: [
        ...domainField.supportedOptions,
        { label: _t("Field with the paths offered"), name: "fields_field", type: "string" },
    ],
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...domainField.extractProps(fieldInfo, dynamicInfo),
        fieldsField: fieldInfo.options.fields_field,
    }),
});
