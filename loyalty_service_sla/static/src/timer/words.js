import { _t } from "@web/core/l10n/translation";
import { hoursAndMinutes } from "./countdown";

/** What is promised for a moment: every hour counts. */
export const DATED = ["delivery", "acknowledgement"];

/** From here on the rest of the promised time is shown as scarce. */
const SCARCE = 0.25;

/** How a clock stands, in words: see `standing`. */
export function describe({ state, late, remaining, overrun }, { target }) {
    // What is promised for a date: its hours are those of the day, not of the office.
    const inWords = (seconds) => (DATED.includes(target) ? days(seconds) : duration(seconds));
    // Right after a deadline at closing time no working time has passed beyond it.
    const over = overrun >= 60 && inWords(overrun);
    switch (state) {
        case "paused":
            if (late) {
                return over ? _t("paused, breached by %s", over) : _t("paused, breached");
            }
            return _t("paused, %s left", inWords(remaining));
        case "met":
            return _t("in time");
        case "missed":
            return over ? _t("missed by %s", over) : _t("missed");
        case "stopped":
            return _t("closed unanswered");
    }
    if (late) {
        return over ? _t("breached by %s", over) : _t("breached");
    }
    return _t("%s left", inWords(remaining));
}

/** The tone and the icon of a clock. */
export function dress(clock, { state, late, remaining }) {
    if (state === "met") {
        return { tone: "met", icon: "fa-check" };
    }
    if (state === "missed") {
        return { tone: "missed", icon: "fa-times" };
    }
    if (state === "stopped") {
        return { tone: "stopped", icon: "fa-ban" };
    }
    if (late) {
        return { tone: "late", icon: state === "paused" ? "fa-pause" : "fa-hourglass-end" };
    }
    if (state === "paused") {
        return { tone: "paused", icon: "fa-pause" };
    }
    return remaining < clock.seconds * SCARCE
        ? { tone: "scarce", icon: "fa-hourglass-half" }
        : { tone: "running", icon: "fa-hourglass-start" };
}

function days(seconds) {
    const count = Math.floor(seconds / 86400);
    if (count < 2) {
        return duration(seconds);
    }
    const hours = Math.floor((seconds % 86400) / 3600);
    return hours ? _t("%(days)s d %(hours)s h", { days: count, hours }) : _t("%s d", count);
}

function duration(seconds) {
    const [hours, minutes] = hoursAndMinutes(seconds);
    if (!hours) {
        return minutes ? _t("%s min", minutes) : _t("less than 1 min");
    }
    return minutes
        ? _t("%(hours)s h %(minutes)s min", { hours, minutes })
        : _t("%s h", hours);
}
