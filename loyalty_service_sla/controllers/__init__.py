from . import complaint, portal, scorecard, ticket
