import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("loyalty_service_evaluation", {
    steps: () => [
        {
            content: "who takes part, at once",
            trigger: "[data-section=participation] .o_loyalty_evaluation_tile:contains('Active clients')",
        },
        { content: "a chart", trigger: "[data-section=points] canvas" },
        {
            content: "too few clients are named as such",
            trigger: "[data-section=comparison] .alert:contains('Too few clients to tell')",
        },
        {
            content: "another period",
            trigger: "select[name=period]",
            run: "select month",
        },
        {
            content: "the clients behind a number",
            trigger: "[data-section=participation] button:contains('Hold a card')",
            run: "click",
        },
        {
            content: "are listed",
            trigger: ".o_list_view .o_data_row:contains('Client 00')",
        },
        {
            content: "go back",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "what was chosen is still chosen",
            trigger: "select[name=period]:has(option[value=month]:selected)",
        },
    ],
});
