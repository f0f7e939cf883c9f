"""Default values that callers have no say in."""


def keep_own(model, defaults, names):
    """Return ``defaults`` with those of ``names`` as ``model`` itself defines them.

    Anybody may send others in the context, or keep some of their own.
    """
    kept = {name: value for name, value in defaults.items() if name not in names}
    for name in names & defaults.keys():
        if default := model._fields[name].default:
            kept[name] = default(model)
    return kept
