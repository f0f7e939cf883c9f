import { registry } from "@web/core/registry";

const LINE = ".o_loyalty_quick_log";

/** Type and Enter: what a person does after the one click that opens the line. */
function sayAndEnter(line, where = "") {
    return [
        {
            content: "say it in one line",
            trigger: `${where} ${LINE} input[type=text]`,
            run: `edit ${line} && press Enter`,
        },
    ];
}

registry.category("web_tour.tours").add("loyalty_service_quick_log", {
    steps: () => [
        {
            content: "one click in the list opens the line",
            trigger: "tr.o_data_row:contains(Silent Client) button[name=action_log]",
            run: "click",
        },
        { content: "it names the client", trigger: ".modal-title:contains(Silent Client)" },
        {
            content: "another type",
            trigger: `.modal ${LINE} [data-code=wechat]`,
            run: "click",
        },
        ...sayAndEnter("Sent the vouchers", ".modal"),
        {
            content: "what was saved, with an Undo",
            trigger: ".o_notification:contains('WeChat chat logged: Silent Client')",
        },
        {
            content: "the client is not silent any more, and the list knows",
            trigger: ".o_list_view:not(:has(tr.o_data_row:contains(Silent Client)))",
        },
        {
            content: "undo",
            trigger: ".o_notification .o_notification_buttons button:contains(Undo)",
            run: "click",
        },
        {
            content: "as it was",
            trigger: "tr.o_data_row:contains(Silent Client):contains('Gone quiet') td[name=partner_id]",
            run: "click",
        },
        {
            content: "the client's tab",
            trigger: ".o_notebook_headers a[name=loyalty_service]",
            run: "click",
        },
        {
            content: "its rhythm in words",
            trigger:
                ".o_loyalty_rhythm_text:contains('silent for 74 days: 6 times as long as usual')",
        },
        {
            content: "what was undone is hidden",
            trigger: ".o_loyalty_timeline:not(:contains('Sent the vouchers'))",
        },
        {
            content: "and shown on demand",
            trigger: ".o_loyalty_timeline .form-check-input",
            run: "click",
        },
        {
            content: "struck through",
            trigger: ".o_loyalty_undone .o_loyalty_timeline_summary:contains('Sent the vouchers')",
        },
        ...sayAndEnter("Called back", ".tab-pane.active"),
        {
            content: "the timeline has it at once",
            trigger: ".o_loyalty_timeline_event .o_loyalty_timeline_summary:contains('Called back')",
        },
        {
            content: "only complaints",
            trigger: ".o_loyalty_timeline select[data-filter=kinds]",
            run: "select complaint",
        },
        {
            content: "the call is out of sight",
            trigger: ".o_loyalty_timeline:not(:contains('Called back'))",
        },
    ],
});

registry.category("web_tour.tours").add("loyalty_service_quick_log_phone", {
    steps: () => [
        {
            content: "one tap on the card",
            trigger: ".o_kanban_record:contains(Silent Client) button[name=action_log]",
            run: "click",
        },
        ...sayAndEnter("On the way", ".modal"),
        { content: "saved", trigger: ".o_notification:contains('logged: Silent Client')" },
        {
            content: "one tap from anywhere",
            trigger: ".o_loyalty_systray",
            run: "click",
        },
        { content: "asks which client", trigger: ".modal .o_loyalty_quick_log_client" },
    ],
});
