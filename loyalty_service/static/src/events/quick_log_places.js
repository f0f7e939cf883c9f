import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { QuickLog } from "./quick_log";

/** The line in a dialog, for buttons of forms, lists and cards. */
export class QuickLogDialog extends Component {
    static template = "loyalty_service.QuickLogDialog";
    static components = { Dialog, QuickLog };
    static props = {
        close: Function,
        partnerIds: Array,
        code: { type: [String, Boolean], optional: true },
        onLogged: { type: Function, optional: true },
    };

    setup() {
        this.state = useState({ clients: "" });
    }
    get title() {
        return this.state.clients || _t("Log a contact");
    }
    done() {
        this.props.onLogged?.();
        this.props.close();
    }
}

/**
 * The action behind the buttons. It ends when the dialog does, and has the view that it was
 * called from read its records again if something was logged.
 */
async function quickLogAction(env, action) {
    const { partner_ids: partnerIds = [], code } = action.params || {};
    const logged = await new Promise((resolve) => {
        let isLogged = false;
        env.services.dialog.add(
            QuickLogDialog,
            { partnerIds, code: code || false, onLogged: () => (isLogged = true) },
            { onClose: () => resolve(isLogged) }
        );
    });
    return logged ? { type: "ir.actions.act_window_close" } : undefined;
}
registry.category("actions").add("loyalty_service.quick_log", quickLogAction);

/** The line on the form of a client. */
export class QuickLogWidget extends Component {
    static template = "loyalty_service.QuickLogWidget";
    static components = { QuickLog };
    static props = { ...standardWidgetProps };

    /** The record knows nothing of the events that the timeline on the same form shows. */
    async reload() {
        await this.props.record.load();
        this.env.bus.trigger("LOYALTY_LOGGED");
    }
}
registry.category("view_widgets").add("loyalty_quick_log", { component: QuickLogWidget });

/** The line from anywhere: on a form of a client with it, elsewhere with a client to choose. */
export class QuickLogSystray extends Component {
    static template = "loyalty_service.QuickLogSystray";
    static props = {};

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
    }
    get partnerIds() {
        const shown = this.action.currentController;
        const isPartner = shown?.props?.resModel === "res.partner" && shown.view?.type === "form";
        const id = shown?.currentState?.resId || shown?.props?.resId;
        return isPartner && id ? [id] : [];
    }
    open() {
        this.dialog.add(QuickLogDialog, {
            partnerIds: this.partnerIds,
            onLogged: () => this.action.doAction("soft_reload"),
        });
    }
}

/** Shown to those who may log. */
export class QuickLogSystrayItem extends Component {
    static template = "loyalty_service.QuickLogSystrayItem";
    static components = { QuickLogSystray };
    static props = {};

    setup() {
        this.state = useState({ allowed: false });
        onWillStart(async () => {
            this.state.allowed = await user.hasGroup("loyalty_service.group_loyalty_user");
        });
    }
}
registry
    .category("systray")
    .add("loyalty_service.quick_log", { Component: QuickLogSystrayItem }, { sequence: 22 });
