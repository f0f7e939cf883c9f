import { Component, markup, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Breadcrumbs } from "@web/search/breadcrumbs/breadcrumbs";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { standing } from "../timer/countdown";
import { useTicker } from "../timer/ticker";
import { describe, dress } from "../timer/words";

const { DateTime } = luxon;
const MODEL = "helpdesk.ticket";

/** Milliseconds between two looks at the server; one query each. */
const PERIOD = 15000;

/** After so many periods without an answer the board says that it is not up to date. */
const STALE = 3;

/** What is due so soon by the clock on the wall is counted; see the server's SOON. */
const SOON = { hours: 1 };

/** How likely a ticket is to be late, from which on it is said, and from which on in red. */
const RISK = { told: 0.05, alarm: 0.5 };

const TILES = [
    { key: "late", label: _t("Breached"), icon: "fa-hourglass-end", alarm: true },
    // Named by the moment: at night an hour by the clock is none of the working time on the cards.
    { key: "soon", icon: "fa-hourglass-half", warn: true },
    { key: "unanswered", label: _t("Unanswered"), icon: "fa-comment-o" },
    { key: "unassigned", label: _t("Unassigned"), icon: "fa-user-o" },
    { key: "paused", label: _t("Paused"), icon: "fa-pause" },
    { key: "open", label: _t("Open"), icon: "fa-inbox" },
];

/** The service desk on a wall: what is late, what is next, who has how much. */
export class Wallboard extends Component {
    static template = "loyalty_service_sla.Wallboard";
    static components = { Breadcrumbs };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ticker = useTicker();
        this.root = useRef("root");
        this.state = useState({ board: null, teams: [], teamId: false, readAt: 0, isFull: false });
        this.onVisible = () => !document.hidden && this.load();
        this.onFullScreen = () => (this.state.isFull = Boolean(document.fullscreenElement));
        onWillStart(async () => {
            const [teams] = await Promise.all([
                this.orm.searchRead("helpdesk.ticket.team", [], ["name"]),
                this.load(),
            ]);
            this.state.teams = teams;
        });
        onMounted(() => {
            this.interval = setInterval(() => !document.hidden && this.load(), PERIOD);
            document.addEventListener("visibilitychange", this.onVisible);
            document.addEventListener("fullscreenchange", this.onFullScreen);
        });
        onWillUnmount(() => {
            clearInterval(this.interval);
            document.removeEventListener("visibilitychange", this.onVisible);
            document.removeEventListener("fullscreenchange", this.onFullScreen);
        });
    }

    async load() {
        const teamId = this.state.teamId;
        let board;
        try {
            board = await this.orm.silent.call(MODEL, "get_loyalty_wallboard", [teamId]);
        } catch (error) {
            // A wall has nobody to close a dialog: it says how old its figures are.
            if (!this.state.board) {
                throw error;
            }
            return;
        }
        if (teamId === this.state.teamId) {
            Object.assign(this.state, { board, readAt: Date.now() });
        }
    }

    choose(ev) {
        this.state.teamId = parseInt(ev.target.value) || false;
        return this.load();
    }

    toggleFullScreen() {
        if (document.fullscreenElement) {
            return document.exitFullscreen();
        }
        return this.root.el.requestFullscreen?.();
    }

    /** The moment it is now by the server's clock, in seconds. */
    get now() {
        const passed = Math.max(this.ticker.beat - this.state.readAt, 0);
        return this.state.board.now + Math.floor(passed / 1000);
    }

    get time() {
        return DateTime.fromSeconds(this.now).toLocaleString(DateTime.TIME_SIMPLE);
    }

    /** Until when what is due counts as due soon. */
    get soon() {
        const moment = DateTime.fromSeconds(this.state.board.now).plus(SOON);
        return moment.toLocaleString(DateTime.TIME_SIMPLE);
    }

    get isStale() {
        return this.ticker.beat - this.state.readAt > STALE * PERIOD;
    }

    get readAtText() {
        return formatDateTime(DateTime.fromMillis(this.state.readAt));
    }

    get tiles() {
        const counts = this.state.board.counts;
        return TILES.map((tile) => ({
            ...tile,
            label: tile.label || _t("Due by %s", this.soon),
            value: counts[tile.key],
            tone: !counts[tile.key] ? "quiet" : tile.alarm ? "alarm" : tile.warn ? "warn" : "plain",
        }));
    }

    get today() {
        const { closed, met, judged } = this.state.board.counts;
        return {
            closed,
            share: judged ? _t("%s% in time", Math.round((100 * met) / judged)) : "",
        };
    }

    get tickets() {
        const readAt = this.state.board.now;
        return this.state.board.tickets.map((ticket) => {
            const isEmergency = ticket.type === "emergency";
            if (!ticket.clock) {
                return { ...ticket, isEmergency, tone: "stopped", text: "" };
            }
            const state = standing(ticket.clock, readAt, this.now);
            return {
                ...ticket,
                isEmergency,
                // Of what is late already there is nothing to foretell.
                chance: !state.late && ticket.risk >= RISK.told && Math.round(100 * ticket.risk),
                isLikely: ticket.risk >= RISK.alarm,
                text: describe(state, ticket.clock),
                // Of what is late, by how much says it.
                target: state.late ? ticket.clock.label : this.named(ticket.clock),
                ...dress(ticket.clock, state),
            };
        });
    }

    /** What is an emergency now, with the words for how long. */
    get emergencies() {
        return this.tickets
            .filter((ticket) => ticket.isEmergency)
            .map((ticket) => ({ ...ticket, lasts: ticket.since ? this.lasting(this.now - ticket.since) : "" }));
    }

    /** What is promised, and by when: the time left is working time. */
    named(clock) {
        if (!clock.deadline) {
            return clock.label;
        }
        const moment = DateTime.fromSeconds(clock.deadline);
        const isToday = moment.hasSame(DateTime.fromSeconds(this.now), "day");
        const format = isToday ? DateTime.TIME_SIMPLE : { ...DateTime.TIME_SIMPLE, month: "short", day: "numeric" };
        return _t("%(promise)s by %(moment)s", {
            promise: clock.label,
            moment: moment.toLocaleString(format),
        });
    }

    lasting(seconds) {
        const minutes = Math.max(Math.floor(seconds / 60), 0);
        return minutes < 60
            ? _t("for %s min", minutes)
            : _t("for %(hours)s h %(minutes)s min", {
                  hours: Math.floor(minutes / 60),
                  minutes: minutes % 60,
              });
    }

    open(ticket) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: MODEL,
            res_id: ticket.id,
            views: [[false, "form"]],
        });
    }

    async openTile(tile) {
        const action = await this.orm.call(MODEL, "get_loyalty_wallboard_action", [
            tile.key,
            this.state.teamId,
        ]);
        // What is said of an empty list comes as text, which would be shown with its tags.
        const help = action.help && markup(action.help);
        await this.action.doAction({ ...action, help, name: tile.label, display_name: tile.label });
    }
}

registry.category("actions").add("loyalty_service_sla_wallboard", Wallboard);
