/**
 * How a clock stands at a moment, from what the server said when the record was read.
 *
 * Moments are seconds since 1970, durations seconds of working time.
 */

/** Seconds of the intervals `work` between two moments. */
export function worked(work, start, stop) {
    let total = 0;
    for (const [begin, end] of work) {
        total += Math.max(0, Math.min(end, stop) - Math.max(begin, start));
    }
    return total;
}

/**
 * @param {Object} clock one of the clocks of `loyalty_sla_timers`
 * @param {number} readAt moment for which the clock was computed
 * @param {number} now
 * @returns {{state: string, late: boolean, remaining: number, overrun: number}}
 */
export function standing(clock, readAt, now) {
    if (clock.state !== "running") {
        const { state, breached, remaining, overrun } = clock;
        return { state, late: breached, remaining, overrun };
    }
    const elapsed = worked(clock.work, readAt, now);
    return {
        state: clock.state,
        late: clock.breached || (clock.deadline && now > clock.deadline),
        remaining: Math.max(clock.remaining - elapsed, 0),
        overrun: clock.overrun + Math.max(elapsed - clock.remaining, 0),
    };
}

/** Hours and minutes of a duration, minutes rounded down. */
export function hoursAndMinutes(seconds) {
    const minutes = Math.floor(seconds / 60);
    return [Math.floor(minutes / 60), minutes % 60];
}

/** The clock that matters most: the first deadline, else what is paused, else the last one. */
export function mostUrgent(clocks) {
    const running = clocks.filter((clock) => clock.state === "running" && clock.deadline);
    if (running.length) {
        return running.reduce((first, clock) => (clock.deadline < first.deadline ? clock : first));
    }
    return clocks.find((clock) => clock.state === "paused") || clocks.at(-1);
}
