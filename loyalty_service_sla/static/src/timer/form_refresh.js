import { toRaw, useComponent, useEffect } from "@odoo/owl";

/** What somebody is typing into, other than a message. */
function isTyping() {
    const element = document.activeElement;
    return (
        element?.matches("input, textarea, [contenteditable=true]") &&
        Boolean(element.closest(".o_form_renderer .o_field_widget"))
    );
}

/**
 * Read the record of a form again after others have changed it: stage, pause and conversation
 * say the same as its timers then. What is typed and not saved stays; such a form is read again
 * once that is saved or discarded.
 *
 * @param {Function} getRecord
 * @param {Object} ticker see `useTicker`; each beat tries again what was put off
 * @returns {Function} to be called when the record has changed on the server
 */
export function useFormRefresh(getRecord, ticker) {
    const { env } = useComponent();
    let isDue = false;

    async function refresh() {
        const record = getRecord();
        if (record.dirty || isTyping()) {
            return;
        }
        isDue = false;
        await record.load();
    }

    async function refreshConversation({ resModel: model, resId: id }) {
        const thread = env.services["mail.store"]?.Thread.get({ model, id });
        await thread?.fetchThreadData(["messages", "activities"]);
    }

    useEffect(
        () => {
            if (isDue) {
                refresh();
            }
        },
        () => [ticker.beat]
    );

    return () => {
        const record = getRecord();
        // Rows of a list stay where they are.
        if (toRaw(record.model.root) === toRaw(record)) {
            isDue = true;
            refresh();
            refreshConversation(record);
        }
    };
}
