import { registry } from "@web/core/registry";

const PARTNER_STEPS = [
    {
        content: "open the Loyalty tab of the client",
        trigger: ".o_notebook_headers a[name=loyalty_service]",
        run: "click",
    },
    {
        content: "the score and its band",
        trigger: ".o_loyalty_health:contains(At risk) .o_loyalty_health_score:contains(0)",
    },
    {
        content: "a dimension with its points and its reason",
        trigger:
            ".o_loyalty_health_line:contains(Interaction):contains(0.0 of 60.0)" +
            ":contains('No contact for 74 days; usually every 12 days')",
    },
    {
        content: "what is not known is named and not counted",
        trigger: ".o_loyalty_health_missing:contains(Satisfaction)",
    },
];

registry.category("web_tour.tours").add("loyalty_service_health", {
    steps: () => [
        {
            content: "the list names the worst reason first",
            trigger:
                "tr.o_data_row:contains(Silent Client):contains('At risk') .o_loyalty_reasons li:first" +
                ":contains('No contact for 74 days; usually every 12 days')",
        },
        {
            content: "a healthy client is not in it",
            trigger: ".o_list_view:not(:has(tr.o_data_row:contains(Happy Client)))",
        },
        {
            content: "open the client",
            trigger: "tr.o_data_row:contains(Silent Client) td[name=partner_id]",
            run: "click",
        },
        ...PARTNER_STEPS,
        {
            content: "score the client again",
            trigger: "button[name=action_update_loyalty_health]",
            run: "click",
        },
        {
            content: "look at the history",
            trigger: "button[name=action_view_loyalty_health]:enabled",
            run: "click",
        },
        { content: "as a graph", trigger: ".o_graph_view .o_graph_canvas_container canvas" },
    ],
});

registry.category("web_tour.tours").add("loyalty_service_health_phone", {
    steps: () => [
        {
            content: "a card names the reasons",
            trigger: ".o_kanban_record:contains(Silent Client) .o_loyalty_reasons:contains(74 days)",
            run: "click",
        },
        ...PARTNER_STEPS,
    ],
});

registry.category("web_tour.tours").add("loyalty_service_health_empty", {
    steps: () => [
        {
            content: "the empty list says where scores come from",
            trigger: ".o_nocontent_help:contains('No client needs attention here')",
        },
    ],
});
