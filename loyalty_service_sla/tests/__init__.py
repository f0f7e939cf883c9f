from . import test_breach, test_concurrency, test_story
