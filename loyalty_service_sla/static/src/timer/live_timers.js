import { markRaw, reactive, toRaw, useEffect, useState } from "@odoo/owl";
import { WORKER_STATE } from "@bus/workers/websocket_worker";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

const MODEL = "helpdesk.ticket";

/** The channel on which the server tells whose clocks have moved. */
const CHANNEL = "loyalty_sla_timers";

/** Milliseconds in which changes are gathered, so that one question serves a burst of them. */
const GATHER = 300;

/** At least so long between two questions of a page. */
const REST = 3000;

/** How often the page looks whether it has to ask by itself. */
const LOOK = 5000;

/** Answers older than that are asked for again where nothing is told: no bus, or it is cut off. */
const OLD_UNTOLD = 45000;

/** ... and where all is told: the working hours ahead are known for a day and a half only. */
const OLD = 3600000;

/**
 * When each answer of the server came in, by the page's own clock: the clock of the computer
 * may be wrong by minutes, the time that has passed on it is not.
 */
const arrivals = new WeakMap();

export function arrivalOf(timers) {
    const raw = toRaw(timers);
    if (!arrivals.has(raw)) {
        arrivals.set(raw, Date.now());
    }
    return arrivals.get(raw);
}

/** What somebody has to do for, or what the calendar does: not the time that merely passes. */
function standingOf({ replied, clocks }) {
    const parts = clocks.map((clock) => [
        clock.target,
        clock.state,
        clock.seconds,
        clock.breached,
        clock.deadline,
        clock.finished,
        clock.reason,
    ]);
    return JSON.stringify([replied, parts]);
}

export const isSameStanding = (one, other) => standingOf(one) === standingOf(other);

/**
 * All the timers of a page: it asks for all of them at once, when the server tells that one has
 * moved, or from time to time where there is no bus; never while nobody looks.
 */
export class LiveTimers {
    constructor(orm, bus) {
        this.orm = orm;
        this.bus = bus;
        /** Timers that are shown: id of the ticket -> the components that show it. */
        this.shown = new Map();
        /** What was read after the records: id of the ticket -> its timers. */
        this.answers = reactive(new Map());
        this.wanted = new Set();
        this.askedAt = 0;
        this.isAsking = false;
    }

    start() {
        this.bus.subscribe(CHANNEL, ({ tickets }) => this.hear(tickets));
        this.bus.addEventListener("BUS:RECONNECT", () => this.hear(false));
        document.addEventListener("visibilitychange", () => this.look());
        browser.setInterval(() => this.look(), LOOK);
    }

    /** @param {Function} onTold called with fresh timers, before they are shown */
    show(id, onTold) {
        if (!this.isListening) {
            this.isListening = true;
            this.askedAt = Date.now();
            this.start();
            this.bus.addChannel(CHANNEL);
        }
        if (!this.shown.size) {
            // They were read with their records, just now.
            this.askedAt = Date.now();
        }
        if (!this.shown.has(id)) {
            this.shown.set(id, new Set());
        }
        this.shown.get(id).add(onTold);
        return () => {
            const others = this.shown.get(id);
            others.delete(onTold);
            if (!others.size) {
                this.shown.delete(id);
                this.answers.delete(id);
                this.wanted.delete(id);
            }
        };
    }

    /** The clocks of some tickets have moved, or of too many to name them. */
    hear(ids) {
        for (const id of ids || this.shown.keys()) {
            if (this.shown.has(id)) {
                this.wanted.add(id);
            }
        }
        this.plan();
    }

    look() {
        const isTold = this.bus.workerState === WORKER_STATE.CONNECTED;
        if (Date.now() - this.askedAt > (isTold ? OLD : OLD_UNTOLD)) {
            this.hear(false);
        } else {
            this.plan();
        }
    }

    plan() {
        if (this.planned || this.isAsking || !this.wanted.size || document.hidden) {
            return;
        }
        const rest = Math.max(this.askedAt + REST - Date.now(), 0);
        // Not all pages of the firm at the same moment.
        const delay = Math.max(rest, GATHER * (1 + Math.random()));
        this.planned = browser.setTimeout(() => {
            this.planned = false;
            this.ask();
        }, delay);
    }

    async ask() {
        const ids = [...this.wanted];
        if (!ids.length || document.hidden) {
            return;
        }
        this.wanted.clear();
        this.askedAt = Date.now();
        this.isAsking = true;
        try {
            const told = await this.orm.silent.call(MODEL, "get_loyalty_sla_timers", [ids]);
            for (const [id, timers] of Object.entries(told)) {
                this.tell(Number(id), timers);
            }
        } catch {
            // Nobody has asked for this: no dialog. What is shown ticks on, and the next look,
            // or whatever the user does, meets the same trouble if it lasts.
        } finally {
            this.isAsking = false;
        }
        this.plan();
    }

    tell(id, timers) {
        const listeners = this.shown.get(id);
        if (!listeners) {
            return;
        }
        arrivalOf(timers);
        listeners.forEach((onTold) => onTold(timers));
        this.answers.set(id, markRaw(timers));
    }
}

export const liveTimersService = {
    dependencies: ["orm", "bus_service"],
    start(env, { orm, bus_service: bus }) {
        return new LiveTimers(orm, bus);
    },
};

registry.category("services").add("loyalty_sla_live_timers", liveTimersService);

/**
 * Give a component what was told of its ticket since the record was read.
 *
 * @param {Function} getId
 * @param {Function} onTold see `LiveTimers.show`
 * @returns {Function} of no argument, that returns timers or undefined
 */
export function useLiveTimers(getId, onTold) {
    const live = useService("loyalty_sla_live_timers");
    const answers = useState(live.answers);
    useEffect(
        (id) => (id ? live.show(id, onTold) : undefined),
        () => [getId()]
    );
    return () => answers.get(getId());
}
