import { registry } from "@web/core/registry";
import { FloatField, floatField } from "@web/views/fields/float/float_field";
import { formatFloat } from "@web/views/fields/formatters";

/**
 * Points: with decimals only where there are some. Unlike the option of numbers that hides
 * trailing zeros, this holds for the sums of lists and of pivot tables as well.
 */
export class PointsField extends FloatField {
    static defaultProps = { ...FloatField.defaultProps, trailingZeros: false };
}

registry.category("fields").add("loyalty_points", {
    ...floatField,
    component: PointsField,
    supportedTypes: ["float"],
    extractProps: (info, dynamicInfo) => {
        const { trailingZeros, ...props } = floatField.extractProps(info, dynamicInfo);
        return props;
    },
});

const formatPoints = (value, options = {}) =>
    formatFloat(value, { ...options, trailingZeros: false });
formatPoints.extractOptions = formatFloat.extractOptions;
registry.category("formatters").add("loyalty_points", formatPoints);
