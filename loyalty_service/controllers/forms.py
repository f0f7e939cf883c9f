def typed(post, name):
    """Return what was typed; a file, or the one character that no database keeps, is none."""
    text = post.get(name)
    return text.replace("\0", "") if isinstance(text, str) else ""
