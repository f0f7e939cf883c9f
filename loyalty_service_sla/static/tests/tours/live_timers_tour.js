import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

const MODEL = "helpdesk.ticket";
const ROW = ".o_data_row:contains('Live tour')";
const CARD = ".o_kanban_record:contains('Live tour')";
const FORM = ".o_form_view [data-target=resolution]";

function call(method, ...args) {
    return rpc(`/web/dataset/call_kw/${MODEL}/${method}`, { model: MODEL, method, args, kwargs: {} });
}

/** What somebody else does to the ticket: the page does not know of it. */
async function elsewhere(values) {
    const [id] = await call("search", [["name", "=", "Live tour"]]);
    await call("write", [id], values);
}

const pause = () => elsewhere({ loyalty_sla_pause_reason: "client" });
const resume = () => elsewhere({ loyalty_sla_pause_reason: false });

registry.category("web_tour.tours").add("loyalty_sla_live_timers_tour", {
    steps: () => [
        {
            content: "It runs in the list, and is paused elsewhere",
            trigger: `${ROW} .o_loyalty_sla_running`,
            run: pause,
        },
        {
            content: "The list says so",
            trigger: `${ROW} .o_loyalty_sla_paused`,
        },
        {
            content: "To the cards",
            trigger: ".o_switch_view.o_kanban",
            run: "click",
        },
        {
            content: "It is paused there, and resumed elsewhere",
            trigger: `${CARD} .o_loyalty_sla_paused`,
            run: resume,
        },
        {
            content: "The card says so",
            trigger: `${CARD} .o_loyalty_sla_running`,
        },
        {
            content: "Open it",
            trigger: CARD,
            run: "click",
        },
        {
            content: "It runs on the form, and is paused elsewhere",
            trigger: `${FORM}.o_loyalty_sla_running`,
            run: pause,
        },
        {
            content: "The form says so, in the timer and in words",
            trigger: `${FORM}.o_loyalty_sla_paused`,
        },
        {
            content: "For whom it waits",
            trigger: ".o_form_view .alert:contains('Waits for')",
        },
        {
            content: "Begin to change something",
            trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
            run: "edit Live tour, and more",
        },
        {
            content: "It is not saved; meanwhile the clocks go on elsewhere",
            trigger: ".o_form_button_save:visible",
            run: resume,
        },
        {
            content: "The timer says so",
            trigger: `${FORM}.o_loyalty_sla_running`,
        },
        {
            content: "What was typed is still there",
            trigger: ".o_field_widget[name=name] input:value('Live tour, and more'), .o_field_widget[name=name] textarea:value('Live tour, and more')",
        },
        {
            content: "Save it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It waits for nobody now",
            trigger: ".o_form_view:not(:has(.alert:contains('Waits for'))) .o_breadcrumb:contains('and more')",
        },
    ],
});
