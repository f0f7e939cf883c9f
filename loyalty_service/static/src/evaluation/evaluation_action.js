import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { EvaluationChart } from "./evaluation_chart";

/**
 * How something did, a points programme or, in another addon, a service desk. All figures and
 * words come from the server; what is chosen here is asked for again.
 */
export class Evaluation extends Component {
    static model = "loyalty.service.evaluation";
    static template = "loyalty_service.Evaluation";
    static components = { Layout, EvaluationChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        // What was chosen comes back with the breadcrumb.
        this.state = useState({ chosen: { ...this.props.state?.chosen }, screen: null, busy: false });
        this.display = { controlPanel: {} };
        useSetupAction({ getLocalState: () => ({ chosen: { ...this.state.chosen } }) });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.busy = true;
        try {
            this.state.screen = await this.orm.call(this.constructor.model, "get_screen", [this.state.chosen]);
        } finally {
            this.state.busy = false;
        }
    }

    async choose(name, ev) {
        const value = ev.target.value;
        // Records are chosen by their number.
        const isNumber = typeof this.state.screen.options[name].value === "number";
        this.state.chosen[name] = isNumber ? parseInt(value) : value;
        await this.load();
    }

    async ask(method, ...values) {
        const action = await this.orm.call(this.constructor.model, method, [this.state.chosen, ...values]);
        await this.action.doAction(action, { onClose: () => this.load() });
    }

    open(key) {
        return this.ask("get_records", key);
    }
}

registry.category("actions").add("loyalty_service_evaluation", Evaluation);
