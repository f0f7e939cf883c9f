import { Component, onWillUnmount, useEffect, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const EVERY = 2000; // milliseconds
const RUNS = ["queued", "running"];

/** How far a run is; asks now and then, and shows the results as soon as they are there. */
export class SimulationProgressField extends Component {
    static template = "loyalty_service.SimulationProgressField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ run: "queued", share: 0, isOver: false });
        this.timer = null;
        useEffect(
            (resId, run, share) => {
                Object.assign(this.state, { run, share, isOver: false });
                this.wait();
                return () => clearTimeout(this.timer);
            },
            () => {
                const { resId, data } = this.props.record;
                return [resId, data.run_state, data[this.props.name]];
            }
        );
        onWillUnmount(() => {
            this.isGone = true;
            clearTimeout(this.timer);
        });
    }

    get text() {
        if (this.state.isOver) {
            return _t("The run is over. Save or discard your changes to see the results.");
        }
        return this.state.run === "queued"
            ? _t("About to begin ...")
            : _t("Running: %s", `${this.state.share} %`);
    }

    wait() {
        clearTimeout(this.timer);
        if (!this.isGone && this.props.record.resId && RUNS.includes(this.state.run)) {
            this.timer = setTimeout(() => this.look(), EVERY);
        }
    }

    async look() {
        const { record } = this.props;
        try {
            const [told] = await this.orm.silent.read(
                record.resModel,
                [record.resId],
                ["run_state", this.props.name]
            );
            if (this.isGone || !told) {
                return;
            }
            Object.assign(this.state, { run: told.run_state, share: told[this.props.name] });
            if (!RUNS.includes(told.run_state)) {
                // What somebody is typing is not taken away.
                this.state.isOver = await record.isDirty();
                if (!this.state.isOver) {
                    await record.load();
                }
            }
        } finally {
            this.wait();
        }
    }
}

registry.category("fields").add("loyalty_simulation_progress", {
    component: SimulationProgressField,
    displayName: _t("Progress of a simulation"),
    supportedTypes: ["integer"],
    fieldDependencies: [{ name: "run_state", type: "selection" }],
});
