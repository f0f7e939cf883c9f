import { registry } from "@web/core/registry";

const TICKET = ".o_loyalty_wallboard_ticket:contains('Wall tour')";

registry.category("web_tour.tours").add("loyalty_sla_wallboard_tour", {
    steps: () => [
        {
            content: "The desk is on one screen",
            trigger: ".o_loyalty_wallboard_tile[data-key=open]",
        },
        {
            content: "What is due soon is named by the moment, not by hours of either kind",
            trigger: ".o_loyalty_wallboard_tile[data-key=soon]:contains('Due by')",
        },
        {
            content: "So is what a ticket was promised",
            trigger: ".o_loyalty_wallboard_emergency .o_loyalty_wallboard_target:contains(' by ')",
        },
        {
            content: "An emergency stands out, with the time that is left",
            trigger: `.o_loyalty_wallboard_emergency:contains('Wall tour') .o_loyalty_sla_running:contains('left')`,
        },
        {
            content: "It says how likely it is to be late",
            trigger: `${TICKET} .o_loyalty_wallboard_risk.text-danger:contains('60 %')`,
        },
        {
            content: "Open it",
            trigger: TICKET,
            run: "click",
        },
        {
            content: "It is the ticket",
            trigger: ".o_form_view .o_breadcrumb:contains('Wall tour')",
        },
        {
            content: "Back to the wall",
            trigger: ".o_menu_sections [data-menu-xmlid='loyalty_service_sla.menu_wallboard']",
            run: "click",
        },
        {
            content: "Nobody has answered yet: show who waits",
            trigger: ".o_loyalty_wallboard_tile[data-key=unanswered]",
            run: "click",
        },
        {
            content: "They are listed",
            trigger: ".o_data_row:contains('Wall tour')",
        },
    ],
});
