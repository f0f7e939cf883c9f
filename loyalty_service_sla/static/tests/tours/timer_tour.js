import { registry } from "@web/core/registry";

/**
 * Let the clock of the page jump ahead; the server's does not move. The page is out of sight, or
 * it would ask the server after so long a time.
 */
function jump(hours) {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    const real = Date.now;
    Date.now = () => real() + hours * 3600 * 1000;
}

const ROW = ".o_data_row:contains('Timer tour')";

registry.category("web_tour.tours").add("loyalty_sla_timer_tour", {
    steps: () => [
        {
            content: "Time is left",
            trigger: `${ROW} .o_loyalty_sla_running:contains('left')`,
            run: () => jump(1),
        },
        {
            content: "It passes without a reload",
            trigger: `${ROW} .o_loyalty_sla_badge:contains('2 h 5')`,
            run: () => jump(2.5),
        },
        {
            content: "Little is left",
            trigger: `${ROW} .o_loyalty_sla_scarce:contains('min left')`,
            run: () => jump(1),
        },
        {
            content: "None is left",
            trigger: `${ROW} .o_loyalty_sla_late:contains('breached by 3')`,
        },
        {
            content: "Open the ticket",
            trigger: `${ROW} .o_data_cell[name=name]`,
            run: "click",
        },
        {
            content: "Both clocks are on the form",
            trigger: ".o_form_view .o_loyalty_sla_badge[data-target=resolution]:contains('Solution')",
        },
        {
            content: "Open the receipt",
            trigger: "a[name=loyalty_sla]",
            run: "click",
        },
        {
            content: "It says what counted",
            trigger: ".o_loyalty_sla_receipt:contains('First answer')",
        },
        {
            content: "Wait for the client",
            trigger: ".o_arrow_button:contains('Awaiting')",
            run: "click",
        },
        {
            content: "The clocks rest",
            trigger: ".o_form_view .o_loyalty_sla_paused[data-target=resolution]:contains('paused')",
        },
    ],
});
