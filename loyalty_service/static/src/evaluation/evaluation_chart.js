import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor } from "@web/core/colors/colors";
import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";

const SCHEME = cookie.get("color_scheme");
const COLORS = {
    earned: getCustomColor(SCHEME, "#4A7AB5", "#7FA8DA"),
    used: getCustomColor(SCHEME, "#3C9D7C", "#63C2A2"),
    expired: getCustomColor(SCHEME, "#C9A227", "#DDBE5A"),
    others: getCustomColor(SCHEME, "#9AA3AF", "#8A93A0"),
};
const INK = getCustomColor(SCHEME, "#374151", "#E4E4E4");
const GRID = getCustomColor(SCHEME, "#d8dadd", "#3C3E4B");

/** Draws, over each bar, the bounds between which its figure lies. */
const WHISKERS = {
    id: "whiskers",
    afterDatasetsDraw(chart) {
        const { ctx, scales } = chart;
        ctx.save();
        ctx.strokeStyle = INK;
        ctx.lineWidth = 2;
        chart.data.datasets.forEach((dataset, index) => {
            chart.getDatasetMeta(index).data.forEach((bar, place) => {
                const [low, high] = [dataset.lows[place], dataset.highs[place]].map((bound) =>
                    scales.x.getPixelForValue(bound)
                );
                ctx.beginPath();
                ctx.moveTo(low, bar.y);
                ctx.lineTo(high, bar.y);
                for (const bound of [low, high]) {
                    ctx.moveTo(bound, bar.y - 7);
                    ctx.lineTo(bound, bar.y + 7);
                }
                ctx.stroke();
            });
        });
        ctx.restore();
    },
};

/** One chart of the evaluation: `chart` is plain data from the server. */
export class EvaluationChart extends Component {
    static template = "loyalty_service.EvaluationChart";
    static props = { chart: Object, onOpen: Function };

    setup() {
        this.canvasRef = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.props.chart)]
        );
        onWillUnmount(() => this.drawn?.destroy());
    }

    get isInterval() {
        return this.props.chart.kind === "interval";
    }
    get height() {
        return this.isInterval ? Math.max(150, 60 + 40 * this.props.chart.labels.length) : 260;
    }
    get config() {
        const { chart } = this.props;
        return {
            type: chart.kind === "line" ? "line" : "bar",
            data: {
                labels: chart.labels,
                datasets: chart.datasets.map((dataset) => ({
                    ...dataset,
                    data: dataset.values,
                    backgroundColor: dataset.colors?.map((color) => COLORS[color]) || COLORS[dataset.color],
                    borderColor: COLORS[dataset.color],
                    maxBarThickness: this.isInterval ? 28 : 40,
                    tension: 0,
                })),
            },
            options: this.options,
            plugins: this.isInterval ? [WHISKERS] : [],
        };
    }
    get options() {
        const { chart } = this.props;
        const stacked = chart.kind === "stacked";
        const numbers = {
            beginAtZero: true,
            stacked,
            grid: { color: GRID },
            ticks: {
                color: INK,
                callback: (value) => value.toLocaleString() + (chart.percent ? "%" : ""),
            },
            ...(chart.percent ? { max: 100 } : {}),
        };
        const names = { stacked, grid: { display: false }, ticks: { color: INK } };
        return {
            maintainAspectRatio: false,
            animation: false,
            indexAxis: this.isInterval ? "y" : "x",
            scales: this.isInterval ? { x: numbers, y: names } : { x: names, y: numbers },
            plugins: {
                legend: {
                    display: chart.datasets.length > 1,
                    position: "bottom",
                    labels: { color: INK, boxWidth: 12 },
                },
                tooltip: {
                    callbacks: {
                        label: ({ dataset, raw }) =>
                            `${dataset.label}: ${raw.toLocaleString(undefined, {
                                maximumFractionDigits: 1,
                            })}${chart.percent ? "%" : ""}`,
                    },
                },
            },
            onClick: (_event, [element]) => {
                const key = element && chart.datasets[element.datasetIndex].keys?.[element.index];
                if (key) {
                    this.props.onOpen(key);
                }
            },
        };
    }

    draw() {
        this.drawn?.destroy();
        this.drawn = new Chart(this.canvasRef.el, this.config);
    }
}
