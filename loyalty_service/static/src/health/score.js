import { formatFloat } from "@web/core/utils/numbers";

/**
 * A health score as it is shown in lists and on forms.
 *
 * Rounded down: 54.9 must not show as 55 where a risk begins below 55.
 */
export function shownScore(score) {
    return formatFloat(Math.floor(score), { digits: [16, 0] });
}
