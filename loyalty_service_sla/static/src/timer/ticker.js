import { onMounted, onWillUnmount, reactive, useState } from "@odoo/owl";

const PERIOD = 5000;

/** One beat for all timers on the page, however many rows a list has. */
const ticker = reactive({ beat: Date.now() });
let listeners = 0;
let interval;

/** Let a component render again every few seconds, as long as it is mounted. */
export function useTicker() {
    const state = useState(ticker);
    onMounted(() => {
        if (!listeners++) {
            interval = setInterval(() => (ticker.beat = Date.now()), PERIOD);
        }
    });
    onWillUnmount(() => {
        if (!--listeners) {
            clearInterval(interval);
        }
    });
    return state;
}
