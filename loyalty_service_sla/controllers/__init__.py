from . import answer, complaint, portal, scorecard, ticket
