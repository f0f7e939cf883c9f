from odoo.tools import formatLang


def points_text(env, points, sign=False):
    """Return points as people read them: 6,489 and 12.50, in the manner of their language.

    :param bool sign: put a plus before what is above zero
    """
    points = round(points, 2) + 0  # what cancels out would be shown as "-0"
    text = formatLang(env, points, digits=0 if points == int(points) else 2)
    return f"+{text}" if sign and points > 0 else text


def worth_text(env, amount):
    """Return what one point is worth: 0.10 or, where cents do not tell, 0.0525."""
    return formatLang(env, amount, digits=2 if amount == round(amount, 2) else 4)
