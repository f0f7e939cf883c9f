import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { getColor } from "@web/core/colors/colors";
import { cookie } from "@web/core/browser/cookie";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Months as they are beside months as changed: points given, outstanding or expired. */
export class SimulationChartField extends Component {
    static template = "loyalty_service.SimulationChartField";
    static props = { ...standardFieldProps };

    setup() {
        this.canvas = useRef("canvas");
        this.state = useState({ measure: "given" });
        this.chart = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                this.draw();
                return () => this.chart?.destroy();
            },
            () => [this.data, this.state.measure]
        );
    }

    get data() {
        return this.props.record.data[this.props.name];
    }

    get measures() {
        return this.data?.measures || [];
    }

    draw() {
        const measure = this.measures.find((one) => one.name === this.state.measure);
        if (!measure || !this.canvas.el) {
            return;
        }
        const scheme = cookie.get("color_scheme");
        const sets = [
            [_t("As it is"), measure.before],
            [_t("Changed"), measure.after],
        ];
        this.chart = new Chart(this.canvas.el, {
            type: measure.name === "balance" ? "line" : "bar",
            data: {
                labels: this.data.labels,
                datasets: sets.map(([label, data], number) => ({
                    label: label.toString(),
                    data,
                    backgroundColor: getColor(number, scheme, "odoo"),
                    borderColor: getColor(number, scheme, "odoo"),
                    borderWidth: 2,
                    tension: 0.2,
                })),
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                plugins: { legend: { position: "bottom" } },
                scales: { y: { beginAtZero: true } },
            },
        });
    }
}

registry.category("fields").add("loyalty_simulation_chart", {
    component: SimulationChartField,
    displayName: _t("Chart of a simulation"),
    supportedTypes: ["json"],
});
