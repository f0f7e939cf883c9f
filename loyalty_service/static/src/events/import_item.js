import { Component } from "@odoo/owl";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { STATIC_ACTIONS_GROUP_NUMBER } from "@web/search/action_menus/action_menus";

/**
 * Events are made by the line and by other records, not in a form, so that their list has no New
 * button; without one Odoo hides its import, too.
 */
export class ImportEventsItem extends Component {
    static template = "loyalty_service.ImportEventsItem";
    static components = { DropdownItem };
    static props = {};

    setup() {
        this.action = useService("action");
    }
    importEvents() {
        this.action.doAction("loyalty_service.event_import_action");
    }
}

registry.category("cogMenu").add(
    "loyalty-import-menu",
    {
        Component: ImportEventsItem,
        groupNumber: STATIC_ACTIONS_GROUP_NUMBER,
        isDisplayed: ({ config, isSmall, searchModel }) =>
            !isSmall &&
            searchModel.resModel === "loyalty.service.event" &&
            ["kanban", "list"].includes(config.viewType) &&
            registry.category("actions").contains("import"),
    },
    { sequence: 1 }
);
